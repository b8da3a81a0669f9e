-- What campaigns are found by: of no language in particular, with or without accents.

CREATE TEXT SEARCH CONFIGURATION csm_words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION csm_words
    ALTER MAPPING FOR asciiword, asciihword, hword_asciipart, word, hword, hword_part, numword, numhword, hword_numpart
    WITH unaccent, simple;
CREATE INDEX campaign_words ON campaigns_searchentry USING gin (words);
CREATE INDEX campaign_letters ON campaigns_searchentry USING gin (plain gin_trgm_ops);

-- Title before place, place before summary, summary before story. Nobody finds drafts.
CREATE FUNCTION campaigns_enter(chosen uuid, place uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO campaigns_searchentry (campaign_id, words, plain)
    SELECT campaign.id,
           setweight(to_tsvector('csm_words', campaign.title), 'A')
           || setweight(to_tsvector('csm_words', concat_ws(' ', f.name, f.locality, f.postcode)), 'B')
           || setweight(to_tsvector('csm_words', campaign.summary), 'C')
           || setweight(to_tsvector('csm_words', left(campaign.story, 100000)), 'D'),
           lower(unaccent(concat_ws(' ', campaign.title, f.name, f.locality)))
    FROM campaigns_campaign campaign LEFT JOIN facilities_facility f ON f.id = campaign.facility_id
    WHERE campaign.fund_id IS NOT NULL AND (campaign.id = chosen OR campaign.facility_id = place)
    ON CONFLICT (campaign_id) DO UPDATE SET words = EXCLUDED.words, plain = EXCLUDED.plain
$$;
CREATE FUNCTION campaigns_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM campaigns_enter(NEW.id, NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER campaign_is_entered
    AFTER INSERT OR UPDATE OF title, summary, story, facility_id, fund_id ON campaigns_campaign
    FOR EACH ROW WHEN (NEW.fund_id IS NOT NULL) EXECUTE FUNCTION campaigns_entered();
CREATE FUNCTION campaigns_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM campaigns_enter(NULL, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER facility_is_entered AFTER UPDATE ON facilities_facility
    FOR EACH ROW WHEN ((OLD.name, OLD.locality, OLD.postcode) IS DISTINCT FROM (NEW.name, NEW.locality, NEW.postcode))
    EXECUTE FUNCTION campaigns_moved();
