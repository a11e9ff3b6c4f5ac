import StepwellCore
import StepwellModel
import StepwellStore

/// Keys that are evaluated again.
extension WriteStatements {
    func replaceLimitKeys(of run: RunKey, with keys: LimitKeys) throws(StoreError) {
        replaceLimitKeys.bind(1, run.value)
        replaceLimitKeys.bind(2, TextList.json(keys.concurrency))
        replaceLimitKeys.bind(3, keys.throttle)
        replaceLimitKeys.bind(4, keys.run)
        replaceLimitKeys.bind(5, keys.singleton)
        replaceLimitKeys.bind(6, keys.priority)
        try replaceLimitKeys.run()
        let hashes = LimitHashes(keys)
        replaceLimitHashes.bind(1, run.value)
        replaceLimitHashes.bind(2, bits: hashes.concurrency1)
        replaceLimitHashes.bind(3, bits: hashes.concurrency2)
        replaceLimitHashes.bind(4, bits: hashes.throttle)
        replaceLimitHashes.bind(5, bits: hashes.run)
        replaceLimitHashes.bind(6, bits: hashes.singleton)
        replaceLimitHashes.bind(7, Int64(hashes.priority))
        try replaceLimitHashes.run()
    }

    func put(_ row: KeyRenewalRow) throws(StoreError) {
        putKeyRenewal.bind(1, Self.numbers(row.functions.map(\.value)))
        putKeyRenewal.bind(2, row.cursor.value)
        putKeyRenewal.bind(3, row.last.value)
        try putKeyRenewal.run()
    }
}
