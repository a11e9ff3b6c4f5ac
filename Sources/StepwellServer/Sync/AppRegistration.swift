import StepwellCore
import StepwellEngine
import StepwellExpressions
import StepwellHTTP
import StepwellModel
import StepwellWire

/// What an app said of itself, checked and compiled, and what has to be told about it (PROTOCOL §2).
struct AppRegistration: Sendable {
    let registration: Registration
    /// Of options that are stored and have no effect yet.
    let warnings: [String]

    init(_ request: RegisterRequest, _ rules: AppURLRules) throws(RegisterProblem) {
        if request.deployType == .connect { throw RegisterProblem("connect_unsupported", Self.connectUnsupported) }
        try self.init(
            name: request.appName, url: request.url, sdk: request.sdk, framework: request.framework,
            version: request.appVersion, checksum: request.checksum, functions: request.functions, rules)
    }

    /// - Parameter body: As it came: its hash tells whether anything has changed.
    init(_ sync: InBandSync, body: [UInt8], _ rules: AppURLRules) throws(RegisterProblem) {
        try self.init(
            name: sync.appID, url: sync.url, sdk: sync.sdk, framework: sync.framework, version: sync.appVersion,
            checksum: Hex.encode(SecureHash.sha256(body)), functions: sync.functions, rules)
    }

    private init(
        name: String, url: String, sdk: String, framework: String?, version: String?, checksum: String,
        functions: [RegisteredFunction], _ rules: AppURLRules
    ) throws(RegisterProblem) {
        try Self.check(url, "The app's URL", rules)
        var blueprints: [FunctionBlueprint] = []
        for function in functions { blueprints.append(try Self.compile(function, rules)) }
        registration = Registration(
            name: name, id: NameUUID.app(named: name), url: url, sdk: sdk, framework: framework,
            version: version, checksum: checksum, functions: blueprints)
        warnings = functions.flatMap { RegistrationWarnings.warnings(for: $0.configuration) }
    }

    private static func compile(
        _ given: RegisteredFunction, _ rules: AppURLRules
    ) throws(RegisterProblem) -> FunctionBlueprint {
        let function: RegisteredFunction
        do throws(ConfigurationError) {
            function = try FunctionSource.normalized(given)
        } catch {
            throw RegisterProblem(.functions(error.problems))
        }
        let configuration = function.configuration
        try check(configuration.url, "function \"\(configuration.slug)\": steps.step.runtime.url", rules)
        let blueprint: FunctionBlueprint
        do throws(ExpressionProblem) {
            let id = NameUUID.function(named: configuration.name, url: configuration.url)
            blueprint = try FunctionBlueprint(compiling: function, id: id, zones: ZoneDirectory().finder)
        } catch {
            throw RegisterProblem("expression_invalid", "At least one function is invalid: \(error)")
        }
        try checkSchedules(of: blueprint)
        return blueprint
    }

    /// A schedule that could never fire is refused now, when someone looks.
    private static func checkSchedules(of blueprint: FunctionBlueprint) throws(RegisterProblem) {
        for schedule in blueprint.schedules {
            let subject = "function \"\(blueprint.slug)\": the schedule \"\(schedule.expression)\""
            if schedule.isNever {
                throw RegisterProblem("schedule_invalid", "\(subject) never fires: no date of any year matches it.")
            }
            guard let zone = schedule.unknownZone else { continue }
            do throws(ZoneError) {
                _ = try ZoneDirectory().rules(named: zone)
            } catch {
                throw RegisterProblem("schedule_invalid", "\(subject): \(error)")
            }
        }
    }

    private static let connectUnsupported =
        "Connect is not supported yet: serve the functions over HTTP, and register that URL."

    private static func check(_ url: String, _ what: String, _ rules: AppURLRules) throws(RegisterProblem) {
        if url.hasPrefix("ws:") || url.hasPrefix("wss:") {
            throw RegisterProblem("connect_unsupported", connectUnsupported)
        }
        let parsed: HTTPURL
        do throws(HTTPClientError) {
            parsed = try HTTPURL(url)
        } catch {
            throw RegisterProblem("url_invalid", "\(what) cannot be called: \(error)")
        }
        do throws(CallProblem) {
            try rules.check(parsed)
        } catch {
            throw RegisterProblem("url_refused", "\(what) is refused: \(error.reason)")
        }
    }
}

/// Why a registration is refused: a code that a user interface may sort by, and what to do.
struct RegisterProblem: Error, Sendable {
    let code: String
    let message: String
    let data: RawJSON?

    init(_ code: String, _ message: String, data: RawJSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    init(_ problem: RegisterRequest.Problem) {
        guard case .refused(_, let code, let message, let data) = RegisterReply(refusing: problem) else {
            preconditionFailure("a problem is always refused")
        }
        self.init(code, message, data: data)
    }
}
