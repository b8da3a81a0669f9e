-- A released revision, and what belongs to it, never changes: what somebody ordered stays what they ordered.

CREATE FUNCTION products_revision_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'revision % is released and never changes', OLD.id USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER products_revision_immutable BEFORE UPDATE OR DELETE ON products_revision
    FOR EACH ROW EXECUTE FUNCTION products_revision_immutable();

CREATE FUNCTION products_part_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE touched uuid[] := ARRAY[]::uuid[];
BEGIN
    IF TG_OP <> 'INSERT' THEN touched := touched || OLD.revision_id; END IF;
    IF TG_OP <> 'DELETE' THEN touched := touched || NEW.revision_id; END IF;
    -- The revision's row is locked, so that its release and a change of its parts wait for each other.
    PERFORM 1 FROM products_revision WHERE id = ANY (touched) FOR SHARE;
    IF EXISTS (SELECT 1 FROM products_revision WHERE id = ANY (touched) AND released_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the revision of this % is released and never changes', TG_TABLE_NAME USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER products_part_immutable BEFORE INSERT OR UPDATE OR DELETE ON products_bomline
    FOR EACH ROW EXECUTE FUNCTION products_part_immutable();
CREATE TRIGGER products_part_immutable BEFORE INSERT OR UPDATE OR DELETE ON products_operation
    FOR EACH ROW EXECUTE FUNCTION products_part_immutable();
CREATE TRIGGER products_part_immutable BEFORE INSERT OR UPDATE OR DELETE ON products_revisionfile
    FOR EACH ROW EXECUTE FUNCTION products_part_immutable();
CREATE TRIGGER products_part_immutable BEFORE INSERT OR UPDATE OR DELETE ON products_buildstep
    FOR EACH ROW EXECUTE FUNCTION products_part_immutable();
