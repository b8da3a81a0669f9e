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

-- So does each reward, chosen or not: whoever chooses it in the instant in which it is written anew would be promised one
-- thing and get another. There may be more of a limited one, never fewer, and new ones may join: nobody has been promised those.
-- The lock makes a launch wait for what is being written, and what is written sees that it came first.
CREATE FUNCTION campaigns_lines_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM campaigns_campaign
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.campaign_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.campaign_id END)
        ORDER BY id FOR SHARE;
    PERFORM 1 FROM campaigns_campaign
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.campaign_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.campaign_id END)
          AND fund_id IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'the campaign is launched, % of its % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER reward_stays BEFORE UPDATE ON campaigns_tier
    FOR EACH ROW WHEN (
        (OLD.campaign_id, OLD.title, OLD.text, OLD.amount_minor, OLD.revision_id, OLD.units, OLD.gives, OLD.hours, OLD.handing,
         OLD.estimated_on, OLD.available_until_at, OLD.withdrawal_days)
        IS DISTINCT FROM
        (NEW.campaign_id, NEW.title, NEW.text, NEW.amount_minor, NEW.revision_id, NEW.units, NEW.gives, NEW.hours, NEW.handing,
         NEW.estimated_on, NEW.available_until_at, NEW.withdrawal_days)
    ) EXECUTE FUNCTION campaigns_lines_stay();
-- Those who chose it because it was rare know how many there are; one without a limit has not counted who took it.
CREATE TRIGGER reward_cap_rises BEFORE UPDATE ON campaigns_tier
    FOR EACH ROW WHEN (OLD.cap IS DISTINCT FROM NEW.cap AND NOT coalesce(NEW.cap > OLD.cap, false))
    EXECUTE FUNCTION campaigns_lines_stay();
CREATE TRIGGER reward_remains BEFORE DELETE ON campaigns_tier
    FOR EACH ROW EXECUTE FUNCTION campaigns_lines_stay();
-- What lies beyond the goal stays too, and more of it may join.
CREATE TRIGGER stretch_stays BEFORE UPDATE OR DELETE ON campaigns_stretchgoal
    FOR EACH ROW EXECUTE FUNCTION campaigns_lines_stay();
-- Who bears lost fees, and in which words, is agreed before the first promise.
CREATE TRIGGER agreement_stays BEFORE INSERT OR UPDATE OR DELETE ON campaigns_feeagreement
    FOR EACH ROW EXECUTE FUNCTION campaigns_lines_stay();
-- What its delivery costs stays too; another country may be added.
CREATE FUNCTION campaigns_rates_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM campaigns_campaign c JOIN campaigns_tier t ON t.campaign_id = c.id WHERE t.id = OLD.tier_id FOR SHARE OF c;
    PERFORM 1 FROM campaigns_campaign c JOIN campaigns_tier t ON t.campaign_id = c.id
        WHERE t.id = OLD.tier_id AND c.fund_id IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'the campaign is launched, % of its % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '23514';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER delivery_stays BEFORE UPDATE OR DELETE ON campaigns_shippingrate
    FOR EACH ROW EXECUTE FUNCTION campaigns_rates_stay();
-- What the goal is made of stays whole: it adds up to the goal.
CREATE TRIGGER budget_stays BEFORE INSERT OR UPDATE OR DELETE ON campaigns_budgetline
    FOR EACH ROW EXECUTE FUNCTION campaigns_lines_stay();

-- What was spent is put right by another row, never changed.
CREATE FUNCTION campaigns_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was spent stays written down' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER spending_append_only BEFORE UPDATE OR DELETE ON campaigns_spending
    FOR EACH ROW EXECUTE FUNCTION campaigns_append_only();
