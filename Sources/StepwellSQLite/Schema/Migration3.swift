extension Migrations {
    /// Limits on whole runs, singletons, priorities, rate limits, and runs that were skipped.
    static let migration3 = """
        ALTER TABLE runs ADD COLUMN run_key TEXT;
        ALTER TABLE runs ADD COLUMN singleton_key TEXT;
        ALTER TABLE runs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;

        -- Made anew, since the columns that are read at every start must stand before those that may be large.
        ALTER TABLE jobs RENAME TO old_jobs;
        CREATE TABLE jobs (
            key INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            function INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            due INTEGER NOT NULL,
            is_due_on_wall_clock INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            step_group INTEGER NOT NULL,
            is_racing INTEGER NOT NULL,
            is_admitted INTEGER NOT NULL,
            cause INTEGER NOT NULL,
            concurrency_hash_1 INTEGER NOT NULL,
            concurrency_hash_2 INTEGER NOT NULL,
            throttle_hash INTEGER NOT NULL,
            run_hash INTEGER NOT NULL,
            singleton_hash INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            step_id TEXT NOT NULL,
            step_name TEXT NOT NULL,
            options TEXT
        ) STRICT;
        INSERT INTO jobs
            SELECT
                key, run, function, kind, due, is_due_on_wall_clock, attempt, step_group, is_racing, is_admitted, cause,
                concurrency_hash_1, concurrency_hash_2, throttle_hash, 0, 0, 0, created_at, step_id, step_name, options
            FROM old_jobs ORDER BY key;
        DROP TABLE old_jobs;
        CREATE INDEX jobs_run ON jobs (run);

        CREATE TABLE rate_limits (
            function INTEGER NOT NULL,
            key_hash INTEGER NOT NULL,
            arrival_microseconds INTEGER NOT NULL,
            PRIMARY KEY (function, key_hash)
        ) STRICT, WITHOUT ROWID;

        DROP INDEX runs_unsuccessful;
        CREATE INDEX runs_unsuccessful ON runs (status) WHERE status IN (3, 4, 5);

        DROP VIEW run_list;
        CREATE VIEW run_list AS
            SELECT
                runs.id AS id,
                functions.slug AS function,
                CASE runs.status
                    WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'completed' WHEN 3 THEN 'failed'
                    WHEN 4 THEN 'cancelled' ELSE 'skipped'
                END AS status,
                events.id AS event_id,
                events.name AS event_name,
                strftime('%Y-%m-%dT%H:%M:%fZ', runs.queued_at / 1000.0, 'unixepoch') AS queued_at,
                strftime('%Y-%m-%dT%H:%M:%fZ', runs.started_at / 1000.0, 'unixepoch') AS started_at,
                strftime('%Y-%m-%dT%H:%M:%fZ', runs.ended_at / 1000.0, 'unixepoch') AS ended_at,
                CASE typeof(runs.output)
                    WHEN 'integer' THEN (SELECT body FROM payloads WHERE key = runs.output)
                    ELSE runs.output
                END AS output,
                runs.key AS run
            FROM runs
            LEFT JOIN functions ON functions.key = runs.function
            LEFT JOIN events ON events.key = runs.event;
        """
}
