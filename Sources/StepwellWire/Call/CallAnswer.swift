import StepwellModel

/// What a worker's HTTP response to a call means (PROTOCOL §3.4, §3.10).
package struct CallAnswer: Sendable, Hashable {
    /// 8 MiB: the body of a response.
    package static let bytesMax = 8 << 20

    package enum Outcome: Sendable, Hashable {
        /// The function returned.
        case complete(RawJSON)
        /// Steps ran, or are wanted.
        case operations([Opcode])
        /// More operations than ``Opcode/countMax``, and how many: no attempt can report less, so the run has failed.
        case tooManyOperations(Int)
        /// The attempt failed.
        case failed(ErrorObject, Reason)
    }

    /// Where a failure comes from; for people and metrics, retries do not depend on it.
    package enum Reason: String, Sendable, Hashable {
        /// The function, or the SDK on its behalf.
        case function = "function_error"
        case notSDK = "not_sdk"
        case outputTooLarge = "output_too_large"
        /// A 206 or 201 that makes no sense.
        case malformed = "invalid_response"
        /// An error that the SDK reports about its stream.
        case transport = "transport_error"
    }

    /// What the worker says about another attempt. For operations it concerns their `StepError`s.
    package enum Retry: Sendable, Hashable {
        /// While attempts are left, when the back-off table says.
        case usual
        case never
        /// While attempts are left, after this span.
        case after(Milliseconds)
    }

    package let outcome: Outcome
    package let retry: Retry
    /// `X-Inngest-Req-Version`, to which the run is pinned at its first answer.
    package let requestVersion: Int?
    /// `X-Inngest-SDK`, such as `inngest-js:v4.18.1`.
    package let sdk: String?

    package init(outcome: Outcome, retry: Retry = .usual, requestVersion: Int? = nil, sdk: String? = nil) {
        self.outcome = outcome
        self.retry = retry
        self.requestVersion = requestVersion
        self.sdk = sdk
    }

    /// Interprets a response.
    /// - Parameters:
    ///   - headers: Finds a header, whatever its case.
    ///   - body: With all content encodings undone.
    ///   - now: What dates in `Retry-After` are counted from.
    package init(status: Int, headers: Header.Lookup, body: [UInt8], at now: Timestamp) {
        guard body.count <= Self.bytesMax else {
            self.init(outcome: .failed(.tooLarge(body.count), .outputTooLarge), retry: Self.retry(headers, at: now))
            return
        }
        if status == 201, headers(Header.sdk)?.isEmpty == false, let envelope = StreamEnvelope(body) {
            self.init(envelope, headers: headers, at: now)
            return
        }
        let sdk = headers(Header.sdk).flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            outcome: Self.outcome(status: status, isSDK: sdk != nil, body: body), retry: Self.retry(headers, at: now),
            requestVersion: headers(Header.requestVersion).flatMap { Int($0) }, sdk: sdk)
    }

    private init(_ envelope: StreamEnvelope, headers: Header.Lookup, at now: Timestamp) {
        func merged(_ name: String) -> String? { envelope.header(name) ?? headers(name) }
        let outcome: Outcome =
            envelope.error.map { .failed(ErrorObject(message: $0, error: $0), .transport) }
            ?? Self.outcome(status: envelope.status, isSDK: true, body: envelope.body)
        self.init(
            outcome: outcome, retry: Self.retry(merged, at: now),
            requestVersion: merged(Header.requestVersion).flatMap { Int($0) } ?? envelope.version,
            sdk: merged(Header.sdk))
    }

    // MARK: - Status and body

    private static func outcome(status: Int, isSDK: Bool, body: [UInt8]) -> Outcome {
        switch status {
        case 200..<300 where !isSDK:
            return .failed(
                ErrorObject(message: "The response did not come from an Inngest SDK", error: "not_sdk"), .notSDK)
        case 201: return .failed(.malformed("the body of a 201 is no streaming envelope"), .malformed)
        case 206: return operations(body)
        case 200..<300: return .complete(output(body))
        default: return failure(status: status, isSDK: isSDK, body: body)
        }
    }

    private static func operations(_ body: [UInt8]) -> Outcome {
        do throws(OpcodeError) {
            return .operations(try Opcode.decode(body))
        } catch {
            switch error {
            case .tooMany(let count): return .tooManyOperations(count)
            case .dataTooLarge:
                return .failed(ErrorObject(message: "\(error)", error: "output_too_large"), .outputTooLarge)
            default: return .failed(.malformed("\(error)"), .malformed)
            }
        }
    }

    /// A return value: JSON as it is, an object inside a string unwrapped, nothing as null, any other text as a string.
    private static func output(_ body: [UInt8]) -> RawJSON {
        guard body.contains(where: { $0 > 0x20 }) else { return .null }
        guard let json = try? RawJSON(validating: body) else {
            var writer = JSONWriter(capacity: body.count + 16)
            writer.string(String(decoding: body, as: UTF8.self))
            return writer.json
        }
        return CanonicalJSON.stored((Self.unwrapped(json) ?? json).slice).json
    }

    /// The object that a string holds as text.
    private static func unwrapped(_ json: RawJSON) -> RawJSON? {
        guard json.kind == .string, let text = json.slice.string, text.hasPrefix("{") else { return nil }
        return try? RawJSON(validating: Array(text.utf8))
    }

    private static func failure(status: Int, isSDK: Bool, body: [UInt8]) -> Outcome {
        let json = (try? RawJSON(validating: body)).map { Self.unwrapped($0) ?? $0 }
        let excerpt = String(decoding: body.prefix(1_024), as: UTF8.self)
        if let json, json.kind == .object, isSDK {
            return .failed(ErrorObject(json.slice), .function)
        }
        guard isSDK else {
            var text = "Your server returned HTTP \(status) before the SDK responded."
            // SDKs leave their own headers out of a 401, so that it does not look like theirs.
            if status == 401 { text += " If an SDK refused the signature, its signing key is not that of this server." }
            return .failed(
                ErrorObject(
                    name: "Server returned a fatal error", message: text, error: text,
                    stack: excerpt.isEmpty ? nil : excerpt), .notSDK)
        }
        let text = "invalid status code: \(status)"
        let message =
            json.flatMap { $0.isNull ? nil : $0.slice.string } ?? (json == nil && !excerpt.isEmpty ? excerpt : text)
        return .failed(ErrorObject(message: message, error: text), .function)
    }

    // MARK: - Retry

    private static func retry(_ headers: Header.Lookup, at now: Timestamp) -> Retry {
        if headers(Header.noRetry)?.lowercased() == "true" { return .never }
        return RetryAfter.span(headers(Header.retryAfter), at: now).map { .after($0) } ?? .usual
    }
}

extension ErrorObject {
    fileprivate static func tooLarge(_ count: Int) -> ErrorObject {
        let text = "The response has \(count) bytes; at most \(CallAnswer.bytesMax) are accepted"
        return ErrorObject(message: text, error: "output_too_large")
    }

    fileprivate static func malformed(_ problem: String) -> ErrorObject {
        ErrorObject(message: "Invalid response of the SDK: \(problem)", error: "invalid_response")
    }
}
