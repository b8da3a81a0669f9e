-- What people agreed to, and that they did, is never changed or removed, whoever writes. A draft is nobody's yet.

CREATE FUNCTION members_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% stays as it is, % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
END $$;
CREATE TRIGGER legal_text_stays BEFORE UPDATE OR DELETE ON members_legaltext
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION members_stays();
CREATE TRIGGER acceptance_stays BEFORE UPDATE OR DELETE ON members_acceptance
    FOR EACH ROW EXECUTE FUNCTION members_stays();
