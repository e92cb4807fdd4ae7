-- SPDX-License-Identifier: MIT
-- The tables of records in SQLite, version by version. What has been released stays as it is.
--
-- A record's `id` is its time in milliseconds times 2^20, and a number: so ids sort as times do,
-- every index has its records in order of time, and a page is read from it as it is wanted.

return {
  {
    [[CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        record_id TEXT NOT NULL UNIQUE,
        provider TEXT NOT NULL,
        model TEXT,
        status TEXT NOT NULL,
        image_hash TEXT NOT NULL,
        settings_key TEXT,
        request_id TEXT,
        confidence REAL,
        tenth INTEGER,
        json TEXT NOT NULL)]],
    "CREATE INDEX records_provider ON records (provider)",
    "CREATE INDEX records_model ON records (model)",
    "CREATE INDEX records_status ON records (status)",
    "CREATE INDEX records_image ON records (image_hash)",
    "CREATE INDEX records_settings ON records (settings_key)",
    "CREATE INDEX records_request ON records (request_id)",
    "CREATE INDEX records_tenth ON records (tenth, id, confidence)",
    [[CREATE TABLE record_tags (
        tag TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID]],
    -- The words as records/words.lua has them: another way to part them needs another version.
    [[CREATE VIRTUAL TABLE record_words USING fts5 (
        words, content = '', columnsize = 0, detail = none, tokenize = 'ascii')]],
    [[CREATE TABLE record_sums (
        slot INTEGER NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        requests INTEGER NOT NULL,
        cached INTEGER NOT NULL,
        cost_micro_usd INTEGER NOT NULL,
        unpriced INTEGER NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        processing_us INTEGER NOT NULL,
        confidence_ppm INTEGER NOT NULL,
        confidence_count INTEGER NOT NULL,
        disagreements INTEGER NOT NULL,
        saved_micro_usd INTEGER NOT NULL,
        PRIMARY KEY (slot, provider, model, status, reason)) WITHOUT ROWID]],
    [[CREATE TABLE record_counts (
        dimension TEXT NOT NULL,
        hour INTEGER NOT NULL,
        provider TEXT NOT NULL,
        value TEXT NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (dimension, hour, provider, value)) WITHOUT ROWID]],
  },
}
