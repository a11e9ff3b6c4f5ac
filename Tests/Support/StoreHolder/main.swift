import Glibc
import StepwellSQLite
import StepwellStore

// A second process, for tests of what two processes do to one file: opens the file named by its first argument, says how
// that went, and holds the file until its input ends. With a second argument, it gives up root's rights first.

if CommandLine.arguments.count > 2, getuid() == 0 {
    guard setgid(65_534) == 0, setuid(65_534) == 0 else { exit(1) }
}

do {
    let store = try SQLiteStore(path: CommandLine.arguments[1])
    print("opened")
    fflush(nil)
    while getchar() != EOF {}
    store.close()
} catch {
    print(error)
}
