import StepwellCore
import StepwellModel
import StepwellStore

extension Columns {
    static let keyRenewal = "functions, cursor_run, last_run"
}

/// Keys that are evaluated again.
extension RowReader {
    func keyRenewal(_ row: Statement) throws(StoreError) -> KeyRenewalRow {
        KeyRenewalRow(
            functions: Set(try (numbers(row, 0) ?? []).map { FunctionKey($0) }), cursor: RunKey(row.integer(1)),
            last: RunKey(row.integer(2)))
    }
}
