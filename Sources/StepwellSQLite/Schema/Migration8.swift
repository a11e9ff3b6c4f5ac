extension Migrations {
    /// The names of the newer kinds of steps, in the view for people.
    static let migration8 = """
        DROP VIEW step_list;
        CREATE VIEW step_list AS
            SELECT
                runs.id AS run_id,
                steps.key & 16383 AS position,
                steps.name AS name,
                CASE steps.kind
                    WHEN 0 THEN 'run' WHEN 1 THEN 'sleep' WHEN 2 THEN 'waitForEvent' WHEN 3 THEN 'invoke'
                    WHEN 4 THEN 'waitForSignal' WHEN 5 THEN 'fetch' ELSE 'inference'
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
