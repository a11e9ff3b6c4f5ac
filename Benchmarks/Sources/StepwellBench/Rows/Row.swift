/// One line of the specification's table: a kind of work, and how it is measured.
struct Row: Sendable {
    let name: String
    let measure: @Sendable (BenchSettings) async throws -> [Figure]

    static let all = [
        Row(name: "disk", measure: DiskRow.measure),
        Row(name: "ingest-one", measure: IngestOneRow.measure),
        Row(name: "ingest-batch", measure: IngestBatchRow.measure),
        Row(name: "http-steps", measure: HTTPStepsRow.measure),
        Row(name: "steady-load", measure: SteadyLoadRow.measure),
        Row(name: "latency-one-step", measure: LatencyRow.measure),
        Row(name: "sleeping-million", measure: SleepingRow.measure),
        Row(name: "waiters-million", measure: WaitersRow.measure),
        Row(name: "hot-key", measure: HotKeyRow.measure),
        Row(name: "backlog", measure: BacklogRow.measure),
        Row(name: "backlog-keys", measure: BacklogKeysRow.measure),
        Row(name: "cron-minute", measure: CronMinuteRow.measure),
        Row(name: "fan-out", measure: FanOutRow.measure),
        Row(name: "mass-wake", measure: MassWakeRow.measure),
        Row(name: "bulk-cancel", measure: BulkCancelRow.measure),
        Row(name: "idle", measure: IdleRow.measure),
        Row(name: "cost-growth", measure: CostGrowthRow.measure),
    ]
}
