import StepwellCore
import StepwellEngine
import StepwellModel
import StepwellWire

/// Hands registrations to the engine, however they came, and says what became of them.
struct Registrar: Sendable {
    let engine: Engine
    let rules: AppURLRules
    let log: ServerLog

    typealias Completion = @Sendable (RegisterReply) -> Void

    /// An app's own `POST /fn/register`.
    func register(_ body: [UInt8], completion: @escaping Completion) {
        do throws(RegisterProblem) {
            submit(try AppRegistration(try Self.parse(body), rules), completion)
        } catch {
            refuse(error, url: Self.url(in: body), completion)
        }
    }

    /// An app's answer to a `PUT` that already holds its functions.
    func registerInBand(_ body: [UInt8], completion: @escaping Completion) {
        do throws(RegisterProblem) {
            submit(try AppRegistration(try Self.parseInBand(body), body: body, rules), completion)
        } catch {
            refuse(error, url: Self.url(in: body), completion)
        }
    }

    /// Notes why an app could not be registered or reached, for people to see.
    func note(failureOfAppAt url: String, _ message: String) {
        engine.post(.appFailed(url: url, error: message), bytes: message.utf8.count)
    }

    private func submit(_ app: AppRegistration, _ completion: @escaping Completion) {
        let registration = app.registration
        engine.ask(bytes: registration.functions.reduce(256) { $0 + $1.source.count }) { reply in
            guard case .registered(let isModified) = reply else {
                return completion(
                    .refused(
                        status: 503, code: ErrorCode.stopping.rawValue, message: Failure.stopping.message, data: nil))
            }
            if isModified {
                log.info(
                    "app registered",
                    ["app": registration.name, "url": registration.url, "functions": "\(registration.functions.count)"])
                for warning in app.warnings { log.warning("option without effect", ["option": warning]) }
            }
            completion(
                .accepted(
                    isModified: isModified, syncID: NameUUID.of(registration.checksum).description,
                    appID: registration.id.description, warnings: app.warnings))
        } _: {
            .register(registration, $0)
        }
    }

    private func refuse(_ problem: RegisterProblem, url: String?, _ completion: Completion) {
        log.warning("registration refused", ["url": url ?? "", "reason": problem.message])
        if let url { note(failureOfAppAt: url, problem.message) }
        let number = ErrorCode.registrationInvalid.rawValue
        completion(
            .refused(status: 400, code: problem.code, message: "\(problem.message) (\(number))", data: problem.data))
    }

    private static func parse(_ body: [UInt8]) throws(RegisterProblem) -> RegisterRequest {
        do throws(RegisterRequest.Problem) {
            return try RegisterRequest(parsing: body)
        } catch {
            throw RegisterProblem(error)
        }
    }

    private static func parseInBand(_ body: [UInt8]) throws(RegisterProblem) -> InBandSync {
        do throws(RegisterRequest.Problem) {
            return try InBandSync(parsing: body)
        } catch {
            throw RegisterProblem(error)
        }
    }

    /// The app of a registration that is otherwise no good.
    private static func url(in body: [UInt8]) -> String? {
        guard let json = try? RawJSON(validating: body), let url = json["url"]?.string else { return nil }
        return AppURL.normalized(url)
    }
}
