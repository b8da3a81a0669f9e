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

-- A reward that somebody has chosen is what they were promised; how many there are of it may still change.
CREATE FUNCTION campaigns_reward_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM campaigns_pledge WHERE tier_id = OLD.id) THEN
        RAISE EXCEPTION 'a reward that somebody has chosen stays what it is' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reward_stays BEFORE UPDATE ON campaigns_tier
    FOR EACH ROW WHEN (
        (OLD.campaign_id, OLD.title, OLD.text, OLD.amount_minor, OLD.revision_id, OLD.units)
        IS DISTINCT FROM
        (NEW.campaign_id, NEW.title, NEW.text, NEW.amount_minor, NEW.revision_id, NEW.units)
    ) EXECUTE FUNCTION campaigns_reward_stays();
