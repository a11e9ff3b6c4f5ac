import Foundation
import Organisations
import Stepwell

/// `organisations-worker [FOLDER] [PORT] [PACE]`: serves the system over FOLDER (default: here) on PORT (default: 3000),
/// with steps that take at least PACE milliseconds (default: 0).
let arguments = Array(CommandLine.arguments.dropFirst())

func number(_ index: Int, _ name: String, default value: Int) -> Int {
    guard index < arguments.count else { return value }
    guard let number = Int(arguments[index]), number >= 0 else {
        FileHandle.standardError.write(Data("\(name) is '\(arguments[index])'; expected a number\n".utf8))
        exit(64)
    }
    return number
}

let folder = URL(filePath: arguments.first ?? ".", directoryHint: .isDirectory)
let port = number(1, "PORT", default: 3_000)
let pace = number(2, "PACE", default: 0)

do {
    let system = try OrganisationsSystem(folder: folder, pace: .milliseconds(pace))
    try await system.app.serve(port: port, routes: system.routes)
} catch {
    FileHandle.standardError.write(Data("organisations-worker: \(error)\n".utf8))
    exit(1)
}
