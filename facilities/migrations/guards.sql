-- A quote names the price and rate rows it was made of, so these rows are never changed or removed, whoever tries;
-- and what their figures are counted in stays what it is: the currency of a workshop, the unit of a kind of material.
-- Nor does what they are the price of become another thing: a machine that works is for one process, at one place.

CREATE FUNCTION facilities_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only, % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
END $$;
CREATE TRIGGER price_append_only BEFORE UPDATE OR DELETE ON facilities_materialprice
    FOR EACH ROW EXECUTE FUNCTION facilities_append_only();
CREATE TRIGGER rate_append_only BEFORE UPDATE OR DELETE ON facilities_machineratecomponent
    FOR EACH ROW EXECUTE FUNCTION facilities_append_only();

CREATE FUNCTION facilities_measure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % stays what it is', TG_ARGV[0], TG_TABLE_NAME USING ERRCODE = '23514';
END $$;
CREATE TRIGGER facility_currency_stays BEFORE UPDATE OF currency ON facilities_facility
    FOR EACH ROW WHEN (OLD.currency IS DISTINCT FROM NEW.currency)
    EXECUTE FUNCTION facilities_measure_stays('currency');
CREATE TRIGGER kind_unit_stays BEFORE UPDATE OF unit ON facilities_materialkind
    FOR EACH ROW WHEN (OLD.unit IS DISTINCT FROM NEW.unit)
    EXECUTE FUNCTION facilities_measure_stays('unit');
CREATE TRIGGER machine_facility_stays BEFORE UPDATE OF facility_id ON facilities_machine
    FOR EACH ROW WHEN (OLD.facility_id IS DISTINCT FROM NEW.facility_id)
    EXECUTE FUNCTION facilities_measure_stays('facility');
CREATE TRIGGER machine_process_stays BEFORE UPDATE OF process ON facilities_machine
    FOR EACH ROW WHEN (OLD.process IS DISTINCT FROM NEW.process AND OLD.state <> 'planned')
    EXECUTE FUNCTION facilities_measure_stays('process');
CREATE TRIGGER material_facility_stays BEFORE UPDATE OF facility_id ON facilities_material
    FOR EACH ROW WHEN (OLD.facility_id IS DISTINCT FROM NEW.facility_id)
    EXECUTE FUNCTION facilities_measure_stays('facility');
CREATE TRIGGER material_kind_stays BEFORE UPDATE OF kind_id ON facilities_material
    FOR EACH ROW WHEN (OLD.kind_id IS DISTINCT FROM NEW.kind_id)
    EXECUTE FUNCTION facilities_measure_stays('kind');

-- Towns and campaigns are found by what people type, with or without accents and with a letter wrong.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
