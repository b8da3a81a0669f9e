-- What people support stays what it was when it was launched, whoever writes.

CREATE FUNCTION campaigns_terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a launched campaign keeps its fund and its terms' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER campaign_terms_stay BEFORE UPDATE ON campaigns_campaign
    FOR EACH ROW WHEN (
        OLD.fund_id IS NOT NULL
        AND (OLD.fund_id, OLD.facility_id, OLD.currency, OLD.minimum_minor, OLD.goal_minor, OLD.deadline_at, OLD.window_minutes)
            IS DISTINCT FROM
            (NEW.fund_id, NEW.facility_id, NEW.currency, NEW.minimum_minor, NEW.goal_minor, NEW.deadline_at, NEW.window_minutes)
    ) EXECUTE FUNCTION campaigns_terms_stay();
