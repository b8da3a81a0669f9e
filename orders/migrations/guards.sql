-- What was recorded as a cost, and what was quoted, is evidence: it is added to, never changed.

CREATE FUNCTION orders_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only, % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
END $$;
CREATE TRIGGER orders_append_only BEFORE UPDATE OR DELETE ON orders_cost
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();
CREATE TRIGGER orders_append_only BEFORE UPDATE OR DELETE ON orders_quote
    FOR EACH ROW EXECUTE FUNCTION orders_append_only();
