import Glibc

// What `make bench` needs from the inside, as a program of its own: users get no product of it.
//
//   StepwellBenchTool echo PORT            answers every request with its own body, on the server's HTTP layer
//   StepwellBenchTool clone COUNT FILE SLUG   adds COUNT copies of the newest run of a function to a data file

let arguments = Array(CommandLine.arguments.dropFirst())

do {
    switch (arguments.first, arguments.count) {
    case ("echo", 2):
        guard let port = UInt16(arguments[1]) else { throw ToolFailure("'\(arguments[1])' is no port: use 0…65535") }
        try EchoServer.run(port: port)
    case ("clone", 4):
        guard let count = Int(arguments[1]), count > 0 else {
            throw ToolFailure("'\(arguments[1])' is no number of runs: use a whole number above 0")
        }
        try CloneCommand.run(count: count, path: arguments[2], slug: arguments[3])
    default:
        throw ToolFailure("usage: StepwellBenchTool echo PORT | clone COUNT FILE SLUG")
    }
} catch {
    print("StepwellBenchTool: \(error)")
    exit(1)
}
