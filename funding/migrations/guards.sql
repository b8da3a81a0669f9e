-- What people promise to is what they read: a fund keeps its terms, whoever writes. When and whether they are met is its
-- state; what must arrive is fixed once, at the close. Its deadline moves once, later, while it is open and has not passed.

CREATE FUNCTION funding_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a fund keeps its terms' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER fund_terms_stay BEFORE UPDATE ON funding_fund
    FOR EACH ROW WHEN (
        (OLD.receiver_id, OLD.account_id, OLD.currency, OLD.minimum_minor, OLD.goal_minor,
         OLD.window_minutes, OLD.fills_gap, OLD.takes_late, OLD.fee_bearer_id)
        IS DISTINCT FROM
        (NEW.receiver_id, NEW.account_id, NEW.currency, NEW.minimum_minor, NEW.goal_minor,
         NEW.window_minutes, NEW.fills_gap, NEW.takes_late, NEW.fee_bearer_id)
        OR (OLD.required_minor IS NOT NULL AND OLD.required_minor IS DISTINCT FROM NEW.required_minor)
        OR (
            (OLD.deadline_at, OLD.extended_at) IS DISTINCT FROM (NEW.deadline_at, NEW.extended_at)
            AND NOT (
                OLD.state = 'open' AND NEW.state = 'open'
                AND OLD.extended_at IS NULL AND NEW.extended_at IS NOT NULL
                AND NEW.extended_at < OLD.deadline_at AND NEW.deadline_at > OLD.deadline_at
            )
        )
    ) EXECUTE FUNCTION funding_terms_stay();
