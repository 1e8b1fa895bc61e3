/// The Snowball stemmer for English ("Porter 2"): `running` and `runs` become `run`.
struct EnglishStemmer {
    private var word: Scalars
    /// Where the regions behind the first and the second syllable begin.
    private var region1 = 0
    private var region2 = 0

    /// - Parameter word: in small letters.
    static func stem(_ word: String) -> String {
        if let known = exceptions[word] { return known }
        let scalars = Array(word.unicodeScalars)
        guard scalars.count > 2 else { return word }
        var stemmer = EnglishStemmer(word: scalars)
        stemmer.run()
        var view = String.UnicodeScalarView()
        view.append(contentsOf: stemmer.word.map { $0 == "Y" ? "y" : $0 })
        return String(view)
    }

    private init(word: Scalars) { self.word = word }

    private static let exceptions: [String: String] = [
        "skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl", "gently": "gentl",
        "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news",
        "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
    ]

    private static let finished: Set<String> = [
        "inning", "outing", "canning", "herring", "earring", "proceed", "exceed", "succeed",
    ]

    private mutating func run() {
        if word.first == "'" { word.removeFirst() }
        markConsonantalY()
        markRegions()
        removePlural()
        if Self.finished.contains(text(word[...])) { return }
        removePastOrProgressive()
        if word.count > 2, ends("y") || ends("Y"), !isVowel(word.count - 2) { word[word.count - 1] = "i" }
        replaceDoubleSuffix()
        replaceSuffix()
        removeSuffix()
        removeLastLetter()
    }

    // MARK: Letters

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private func isVowel(_ index: Int) -> Bool {
        switch word[index] {
        case "a", "e", "i", "o", "u", "y": true
        default: false
        }
    }

    private func hasVowel(before end: Int) -> Bool { end > 0 && (0..<end).contains(where: isVowel) }

    private func ends(_ suffix: String) -> Bool {
        word.count >= suffix.unicodeScalars.count
            && word.suffix(suffix.unicodeScalars.count).elementsEqual(
                suffix.unicodeScalars)
    }

    /// The longest of the suffixes that the word ends with.
    private func longest(_ suffixes: [String]) -> String? {
        suffixes.filter(ends).max { $0.utf8.count < $1.utf8.count }
    }

    private mutating func replace(_ suffix: String, with other: String) {
        word.removeLast(suffix.unicodeScalars.count)
        word.append(contentsOf: other.unicodeScalars)
    }

    private func isIn(_ region: Int, _ suffix: String) -> Bool { word.count - suffix.unicodeScalars.count >= region }

    /// Whether what ends at `end` is a short syllable: a vowel between consonants, or the word's first letter.
    private func isShortSyllable(endingAt end: Int) -> Bool {
        guard end >= 2 else { return false }
        let last = word[end - 1]
        if end >= 3, !isVowel(end - 1), last != "w", last != "x", last != "Y", isVowel(end - 2), !isVowel(end - 3) {
            return true
        }
        return end == 2 && !isVowel(1) && isVowel(0)
    }

    // MARK: Steps

    /// A `y` at the start or behind a vowel is a consonant, written `Y` meanwhile.
    private mutating func markConsonantalY() {
        for index in word.indices where word[index] == "y" && (index == 0 || isVowel(index - 1)) { word[index] = "Y" }
    }

    private mutating func markRegions() {
        func behindSyllable(_ start: Int) -> Int {
            var index = start
            while index < word.count, !isVowel(index) { index += 1 }
            while index < word.count, isVowel(index) { index += 1 }
            return min(index + 1, word.count)
        }
        let heads = ["gener", "commun", "arsen"]
        if let head = heads.first(where: { word.starts(with: $0.unicodeScalars) }) {
            region1 = head.utf8.count
        } else {
            region1 = behindSyllable(0)
        }
        region2 = behindSyllable(region1)
    }

    private mutating func removePlural() {
        if let apostrophe = longest(["'", "'s", "'s'"]) { replace(apostrophe, with: "") }
        switch longest(["sses", "ied", "ies", "s", "us", "ss"]) {
        case "sses": replace("sses", with: "ss")
        case "ied", "ies": replace("ied", with: word.count > 4 ? "i" : "ie")
        case "s": if hasVowel(before: word.count - 2) { replace("s", with: "") }
        default: break
        }
    }

    private mutating func removePastOrProgressive() {
        guard let suffix = longest(["eed", "eedly", "ed", "edly", "ing", "ingly"]) else { return }
        if suffix.hasPrefix("eed") {
            if isIn(region1, suffix) { replace(suffix, with: "ee") }
            return
        }
        guard hasVowel(before: word.count - suffix.utf8.count) else { return }
        replace(suffix, with: "")
        if ends("at") || ends("bl") || ends("iz") {
            word.append("e")
        } else if word.count >= 2, word[word.count - 1] == word[word.count - 2],
            "bdfgmnprt".unicodeScalars.contains(word[word.count - 1])
        {
            word.removeLast()
        } else if word.count == region1 && isShortSyllable(endingAt: word.count) {
            word.append("e")
        }
    }

    private static let doubleSuffixes: [String: String] = [
        "tional": "tion", "enci": "ence", "anci": "ance", "abli": "able", "entli": "ent", "izer": "ize",
        "ization": "ize", "ational": "ate", "ation": "ate", "ator": "ate", "alism": "al", "aliti": "al", "alli": "al",
        "fulness": "ful", "ousli": "ous", "ousness": "ous", "iveness": "ive", "iviti": "ive", "biliti": "ble",
        "bli": "ble", "fulli": "ful", "lessli": "less", "ogi": "og", "li": "",
    ]

    private mutating func replaceDoubleSuffix() {
        guard let suffix = longest(Array(Self.doubleSuffixes.keys)), isIn(region1, suffix),
            let other = Self.doubleSuffixes[suffix]
        else { return }
        let before = word.count - suffix.utf8.count - 1
        if suffix == "ogi" && (before < 0 || word[before] != "l") { return }
        if suffix == "li" && (before < 0 || !"cdeghkmnrt".unicodeScalars.contains(word[before])) { return }
        replace(suffix, with: other)
    }

    private static let suffixes: [String: String] = [
        "tional": "tion", "ational": "ate", "alize": "al", "icate": "ic", "iciti": "ic", "ical": "ic", "ful": "",
        "ness": "", "ative": "",
    ]

    private mutating func replaceSuffix() {
        guard let suffix = longest(Array(Self.suffixes.keys)), isIn(region1, suffix), let other = Self.suffixes[suffix]
        else { return }
        if suffix == "ative" && !isIn(region2, suffix) { return }
        replace(suffix, with: other)
    }

    private static let endings = [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate", "iti", "ous",
        "ive", "ize", "ion",
    ]

    private mutating func removeSuffix() {
        guard let suffix = longest(Self.endings), isIn(region2, suffix) else { return }
        if suffix == "ion" {
            let before = word.count - 4
            guard before >= 0, word[before] == "s" || word[before] == "t" else { return }
        }
        replace(suffix, with: "")
    }

    private mutating func removeLastLetter() {
        if ends("e") {
            let isRemoved =
                isIn(region2, "e") || isIn(region1, "e") && !isShortSyllable(endingAt: word.count - 1)
            if isRemoved { word.removeLast() }
        } else if ends("ll") && isIn(region2, "l") {
            word.removeLast()
        }
    }
}
