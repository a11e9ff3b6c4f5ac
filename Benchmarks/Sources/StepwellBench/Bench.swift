import Glibc

/// `StepwellBench [ROW …] [--OPTION VALUE …]`: measures rows and shows what was reached.
@main
struct Bench {
    static func main() async {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            if arguments.count == 3, arguments[0] == NeighbourApp.command, let port = Int(arguments[1]) {
                return try await NeighbourApp.run(port: port, token: arguments[2])
            }
            let settings = try BenchSettings(arguments: arguments)
            exit(try await run(settings) ? 0 : 1)
        } catch {
            Console.line("bench: \(error)")
            exit(2)
        }
    }

    /// Whether all rows could be measured; a target that was missed is no failure of the bench.
    private static func run(_ settings: BenchSettings) async throws -> Bool {
        var report = Report()
        var isComplete = true
        Console.line(Report.heading)
        for row in Row.all where settings.rows.isEmpty || settings.rows.contains(row.name) {
            do {
                report.add(try await row.measure(settings))
            } catch {
                isComplete = false
                Console.line("\(row.name): NOT MEASURED: \(error)")
            }
        }
        try report.write(to: settings.output)
        Console.line(
            "\n\(report.figures.filter { $0.isReached == false }.count) targets missed; figures in \(settings.output)")
        return isComplete
    }
}
