import Glibc

/// Lines for people, at once also when they go to a file.
enum Console {
    static func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}
