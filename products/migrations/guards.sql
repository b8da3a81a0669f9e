-- A released version is what people order and what a quote was made of: it and everything that belongs to it stay as
-- they are, whoever writes.

CREATE FUNCTION products_revision_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version % is released, % is refused', OLD.number, TG_OP USING ERRCODE = '23514';
END $$;
CREATE TRIGGER revision_stays BEFORE UPDATE OR DELETE ON products_revision
    FOR EACH ROW WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION products_revision_stays();

-- The lock makes a release wait for parts that are being written, and parts see that it came first.
CREATE FUNCTION products_parts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM products_revision
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.revision_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.revision_id END)
        ORDER BY id FOR SHARE;
    PERFORM 1 FROM products_revision
        WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.revision_id END,
                     CASE WHEN TG_OP <> 'DELETE' THEN NEW.revision_id END)
          AND released_at IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'the version is released, % of its % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bom_lines_stay BEFORE INSERT OR UPDATE OR DELETE ON products_bomline
    FOR EACH ROW EXECUTE FUNCTION products_parts_stay();
CREATE TRIGGER operations_stay BEFORE INSERT OR UPDATE OR DELETE ON products_operation
    FOR EACH ROW EXECUTE FUNCTION products_parts_stay();
CREATE TRIGGER files_stay BEFORE INSERT OR UPDATE OR DELETE ON products_revisionfile
    FOR EACH ROW EXECUTE FUNCTION products_parts_stay();
CREATE TRIGGER steps_stay BEFORE INSERT OR UPDATE OR DELETE ON products_buildstep
    FOR EACH ROW EXECUTE FUNCTION products_parts_stay();
