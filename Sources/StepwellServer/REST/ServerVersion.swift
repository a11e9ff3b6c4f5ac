/// The version of this program, as the changelog names it.
package enum ServerVersion {
    package static let text = "0.1.0"
}
