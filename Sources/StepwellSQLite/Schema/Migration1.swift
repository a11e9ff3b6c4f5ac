extension Migrations {
    /// The first schema. Docs/schema.md says what each table, column and index is for, and what it costs.
    static let migration1 = """
        CREATE TABLE partitions (
            partition INTEGER PRIMARY KEY,
            epoch INTEGER NOT NULL,
            batch_sequence INTEGER NOT NULL,
            engine_time INTEGER NOT NULL,
            app_mark INTEGER NOT NULL,
            function_mark INTEGER NOT NULL,
            event_mark INTEGER NOT NULL,
            run_mark INTEGER NOT NULL,
            job_mark INTEGER NOT NULL,
            attempt_mark INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE apps (
            key INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            id TEXT NOT NULL,
            url TEXT NOT NULL,
            sdk TEXT NOT NULL,
            framework TEXT,
            version TEXT,
            checksum TEXT NOT NULL,
            synced_at INTEGER NOT NULL,
            error TEXT,
            removed_at INTEGER
        ) STRICT;

        CREATE TABLE functions (
            key INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            id TEXT NOT NULL,
            slug TEXT NOT NULL,
            version INTEGER NOT NULL,
            configuration TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            archived_at INTEGER
        ) STRICT;

        CREATE TABLE events (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            payload ANY NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX events_id ON events (id);
        CREATE INDEX events_name ON events (name);

        CREATE TABLE idempotency (
            digest_high INTEGER NOT NULL,
            digest_low INTEGER NOT NULL,
            function INTEGER NOT NULL,
            run INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (digest_high, digest_low, function)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE runs (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            function INTEGER NOT NULL,
            function_version INTEGER NOT NULL,
            event INTEGER NOT NULL,
            status INTEGER NOT NULL,
            queued_at INTEGER NOT NULL,
            started_at INTEGER,
            ended_at INTEGER,
            request_version INTEGER NOT NULL,
            forces_step_plan INTEGER NOT NULL,
            concurrency_keys TEXT,
            throttle_key TEXT,
            correlation_id TEXT,
            output ANY
        ) STRICT;
        CREATE UNIQUE INDEX runs_id ON runs (id);
        CREATE INDEX runs_event ON runs (event);
        CREATE INDEX runs_function ON runs (function);
        CREATE INDEX runs_unsuccessful ON runs (status) WHERE status IN (3, 4);

        CREATE TABLE run_counts (
            function INTEGER NOT NULL,
            status INTEGER NOT NULL,
            runs INTEGER NOT NULL,
            PRIMARY KEY (function, status)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE steps (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            kind INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            is_error INTEGER NOT NULL,
            memo ANY NOT NULL,
            options ANY
        ) STRICT;

        CREATE TABLE attempts (
            key INTEGER PRIMARY KEY,
            run INTEGER NOT NULL,
            step_id TEXT,
            step_name TEXT,
            attempt INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            retry_at INTEGER,
            error ANY NOT NULL
        ) STRICT;
        CREATE INDEX attempts_run ON attempts (run);

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
            created_at INTEGER NOT NULL,
            step_id TEXT NOT NULL,
            step_name TEXT NOT NULL,
            options TEXT
        ) STRICT;
        CREATE INDEX jobs_run ON jobs (run);

        CREATE TABLE waits (
            job INTEGER PRIMARY KEY,
            event_name TEXT NOT NULL,
            path TEXT,
            digest_high INTEGER,
            digest_low INTEGER,
            residual TEXT
        ) STRICT;

        CREATE TABLE throttles (
            function INTEGER NOT NULL,
            key_hash INTEGER NOT NULL,
            arrival_microseconds INTEGER NOT NULL,
            PRIMARY KEY (function, key_hash)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE payloads (
            key INTEGER PRIMARY KEY,
            body TEXT NOT NULL
        ) STRICT;

        CREATE VIEW run_list AS
            SELECT
                runs.id AS id,
                functions.slug AS function,
                CASE runs.status
                    WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'completed' WHEN 3 THEN 'failed'
                    ELSE 'cancelled'
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

        CREATE VIEW step_list AS
            SELECT
                runs.id AS run_id,
                steps.key & 16383 AS position,
                steps.name AS name,
                CASE steps.kind
                    WHEN 0 THEN 'run' WHEN 1 THEN 'sleep' WHEN 2 THEN 'waitForEvent' ELSE 'invoke'
                END AS kind,
                strftime('%Y-%m-%dT%H:%M:%fZ', steps.started_at / 1000.0, 'unixepoch') AS started_at,
                strftime('%Y-%m-%dT%H:%M:%fZ', steps.ended_at / 1000.0, 'unixepoch') AS ended_at,
                steps.attempts AS attempts,
                steps.is_error AS is_error,
                CASE typeof(steps.memo)
                    WHEN 'integer' THEN (SELECT body FROM payloads WHERE key = steps.memo)
                    ELSE steps.memo
                END AS memo,
                CASE typeof(steps.options)
                    WHEN 'integer' THEN (SELECT body FROM payloads WHERE key = steps.options)
                    ELSE steps.options
                END AS options
            FROM runs
            JOIN steps ON steps.key BETWEEN runs.key << 14 AND runs.key << 14 | 16383;
        """
}
