-- What the ledger promises is kept by PostgreSQL itself, whoever writes: an entry balances per currency, is not empty,
-- is written whole in one transaction, and is never changed, added to or removed.

ALTER TABLE payments_posting
    ADD CONSTRAINT posting_currency_is_the_accounts
    FOREIGN KEY (account_id, currency) REFERENCES payments_account (id, currency);

-- The transaction that wrote an entry. Savepoints have numbers of their own, so the row's xmin would not do.
ALTER TABLE payments_entry ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION ledger_entry_written_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.written_in := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_written_in BEFORE INSERT ON payments_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_written_in();

CREATE FUNCTION ledger_entry_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM payments_entry WHERE id = NEW.entry_id AND written_in = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'ledger: entry % is sealed, nothing is added to it', NEW.entry_id USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_sealed BEFORE INSERT ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_sealed();

CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payments_posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger: entry % has no postings', NEW.id USING ERRCODE = '23514';
    END IF;
    IF EXISTS (
        SELECT 1 FROM payments_posting WHERE entry_id = NEW.id GROUP BY currency HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger: entry % does not balance', NEW.id USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
-- Once per entry, at commit: postings come only in the transaction of their entry, so this sees them all.
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON payments_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger: % is append-only, % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '23514';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON payments_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON payments_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();
CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON payments_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only();

-- No guard, but of use to them: a balance is a sum that the index alone answers where pages are known to be whole,
-- and a table that is only ever added to is told so by autovacuum alone.
ALTER TABLE payments_posting SET (autovacuum_vacuum_insert_scale_factor = 0.02);
