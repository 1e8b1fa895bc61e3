import PostgresTypes

extension TypeSystem {
    /// Whether arguments fit polymorphic slots together (`check_generic_type_consistency`).
    func isConsistent(actual: [TypeID], declared: [TypeID]) -> Bool {
        let slots = zip(declared, actual)
        return isConsistentExactly(slots) && isConsistentByCommonType(slots)
    }

    /// Declared types with what was given for them.
    private typealias Slots = Zip2Sequence<[TypeID], [TypeID]>

    /// The family of `anyelement`: everything is of one type, an array or a range of it.
    private func isConsistentExactly(_ slots: Slots) -> Bool {
        var element: TypeID?
        var array: TypeID?
        var range: TypeID?
        var multirange: TypeID?
        for (declared, actual) in slots where actual != .unknown {
            let agrees =
                switch declared {
                case .anyelement, .anynonarray, .anyenum: Self.agree(&element, actual)
                case .anyarray: Self.agree(&array, base(of: actual))
                case .anyrange: Self.agree(&range, base(of: actual))
                case .anymultirange: Self.agree(&multirange, base(of: actual))
                default: true
                }
            guard agrees else { return false }
        }
        if array == .anyarray {
            if let element, element != .anyelement { return false }
        } else if let array {
            guard let itsElement = self.element(of: array), Self.agree(&element, itsElement) else { return false }
        }
        if let multirange {
            guard let itsRange = self.range(ofMultirange: multirange), Self.agree(&range, itsRange) else {
                return false
            }
        }
        if let range {
            guard let subtype = rangeSubtype(range), Self.agree(&element, subtype) else { return false }
        }
        if slots.contains(where: { $0.0 == .anynonarray }), let element, isArrayOrDomainOverArray(element) {
            return false
        }
        if slots.contains(where: { $0.0 == .anyenum }) {
            guard let element, isEnum(element) else { return false }
        }
        return true
    }

    /// The family of `anycompatible`: everything is made the one common type, and only ranges are of it already.
    private func isConsistentByCommonType(_ slots: Slots) -> Bool {
        var types: [TypeID] = []
        var range: TypeID?
        var multirange: TypeID?
        for (declared, actual) in slots where actual != .unknown {
            switch declared {
            case .anycompatible, .anycompatiblenonarray: types.append(actual)
            case .anycompatiblearray:
                guard let element = baseElement(of: actual) else { return false }
                types.append(element)
            case .anycompatiblerange:
                let base = base(of: actual)
                guard Self.agree(&range, base), let subtype = rangeSubtype(base) else { return false }
                types.append(subtype)
            case .anycompatiblemultirange:
                let base = base(of: actual)
                guard Self.agree(&multirange, base), let itsRange = self.range(ofMultirange: base),
                    let subtype = rangeSubtype(itsRange)
                else { return false }
                types.append(subtype)
            default: break
            }
        }
        guard !types.isEmpty else { return true }
        guard case .success(let common) = commonType(types),
            types.allSatisfy({ canCoerce($0, to: common, .implicit) })
        else { return false }
        if slots.contains(where: { $0.0 == .anycompatiblenonarray }), isArrayOrDomainOverArray(common) {
            return false
        }
        if let range, rangeSubtype(range) != common { return false }
        guard let multirange, let itsRange = self.range(ofMultirange: multirange) else { return true }
        return rangeSubtype(itsRange) == common && (range == nil || range == itsRange)
    }

    /// Takes `new` for what was not known yet; false where it was something else.
    private static func agree(_ known: inout TypeID?, _ new: TypeID) -> Bool {
        if let known { return known == new }
        known = new
        return true
    }
}

extension Analysis {
    /// The concrete result type of a polymorphic call, and the declared types with their slots filled
    /// (`enforce_generic_type_consistency`).
    func enforce(actual: [TypeID], declared: inout [TypeID], result: TypeID) throws(PostgresError) -> TypeID {
        var slots = PolymorphicSlots()
        slots.wantsNonArray = result == .anynonarray
        slots.wantsEnum = result == .anyenum
        slots.wantsMultirange = result == .anymultirange
        slots.wantsCompatibleArray = result == .anycompatiblearray
        slots.wantsCompatibleNonArray = result == .anycompatiblenonarray
        slots.wantsCompatibleRange = result == .anycompatiblerange
        slots.wantsCompatibleMultirange = result == .anycompatiblemultirange
        for (declared, actual) in zip(declared, actual) { try collect(declared, actual, &slots) }
        guard slots.family1 > 0 || slots.hasFamily2 else { return result }
        if slots.family1 > 0 { try settleFamily1(&slots) }
        if slots.hasFamily2 { try settleFamily2(&slots, declared: &declared) }
        if slots.hasUnknowns {
            for index in declared.indices where actual[index] == .unknown {
                switch declared[index] {
                case .anyelement, .anynonarray, .anyenum: declared[index] = slots.element ?? declared[index]
                case .anyarray: declared[index] = try array(&slots)
                case .anyrange:
                    guard let range = slots.range else { throw undetermined("anyrange") }
                    declared[index] = range
                case .anymultirange:
                    guard let range = slots.range, let multirange = types.multirange(ofRange: range) else {
                        throw undetermined("anymultirange")
                    }
                    declared[index] = multirange
                default: break
                }
            }
        }
        switch result {
        case .anyelement, .anynonarray, .anyenum: return slots.element ?? result
        case .anyarray: return try array(&slots)
        case .anyrange:
            guard let range = slots.range else { throw undetermined("anyrange") }
            return range
        case .anymultirange:
            guard let multirange = slots.multirange else { throw undetermined("anymultirange") }
            return multirange
        case .anycompatible, .anycompatiblenonarray: return slots.common ?? result
        case .anycompatiblearray: return slots.commonArray ?? result
        case .anycompatiblerange:
            guard let range = slots.commonRange else { throw undetermined("anycompatiblerange") }
            return range
        case .anycompatiblemultirange:
            guard let multirange = slots.commonMultirange else { throw undetermined("anycompatiblemultirange") }
            return multirange
        default: return result
        }
    }

    private func undetermined(_ slot: String) -> PostgresError {
        BindError.mismatch("could not determine polymorphic type \(slot) because input has type unknown")
    }

    private func array(_ slots: inout PolymorphicSlots) throws(PostgresError) -> TypeID {
        if let array = slots.array { return array }
        guard let element = slots.element, let array = types.array(of: element) else {
            throw BindError.noArrayType(typeName(slots.element ?? .unknown))
        }
        slots.array = array
        return array
    }

    private func agree(_ known: inout TypeID?, _ actual: TypeID, _ slot: String) throws(PostgresError) {
        if let known, known != actual {
            throw BindError.mismatch(
                "arguments declared \"\(slot)\" are not all alike",
                detail: "\(typeName(known)) versus \(typeName(actual))")
        }
        known = actual
    }

    private func notA(_ kind: String, _ slot: String, _ type: TypeID) -> PostgresError {
        BindError.mismatch("argument declared \(slot) is not \(kind) but type \(typeName(type))")
    }

    private func collect(_ declared: TypeID, _ actual: TypeID, _ slots: inout PolymorphicSlots) throws(PostgresError) {
        let base = types.base(of: actual)
        switch declared {
        case .anyelement, .anynonarray, .anyenum:
            slots.family1 += 1
            if declared == .anynonarray { slots.wantsNonArray = true }
            if declared == .anyenum { slots.wantsEnum = true }
            if actual == .unknown { slots.hasUnknowns = true } else { try agree(&slots.element, actual, "anyelement") }
        case .anyarray:
            slots.family1 += 1
            if actual == .unknown { slots.hasUnknowns = true } else { try agree(&slots.array, base, "anyarray") }
        case .anyrange:
            slots.family1 += 1
            if actual == .unknown { slots.hasUnknowns = true } else { try agree(&slots.range, base, "anyrange") }
        case .anymultirange:
            slots.family1 += 1
            slots.wantsMultirange = true
            if actual == .unknown {
                slots.hasUnknowns = true
            } else {
                try agree(&slots.multirange, base, "anymultirange")
            }
        case .anycompatible, .anycompatiblenonarray:
            slots.hasFamily2 = true
            if declared == .anycompatiblenonarray { slots.wantsCompatibleNonArray = true }
            if actual != .unknown { slots.compatible.append(actual) }
        case .anycompatiblearray:
            slots.hasFamily2 = true
            slots.wantsCompatibleArray = true
            if actual == .unknown { return }
            guard let element = types.element(of: base) else { throw notA("an array", "anycompatiblearray", base) }
            slots.compatible.append(element)
        case .anycompatiblerange:
            slots.hasFamily2 = true
            slots.wantsCompatibleRange = true
            if actual == .unknown { return }
            let isNew = slots.commonRange == nil
            try agree(&slots.commonRange, base, "anycompatiblerange")
            guard let subtype = types.rangeSubtype(base) else {
                throw notA("a range type", "anycompatiblerange", base)
            }
            if isNew { slots.compatible.append(subtype) }
        case .anycompatiblemultirange:
            slots.hasFamily2 = true
            slots.wantsCompatibleMultirange = true
            if actual == .unknown { return }
            let isNew = slots.commonMultirange == nil
            try agree(&slots.commonMultirange, base, "anycompatiblemultirange")
            guard let range = types.range(ofMultirange: base), let subtype = types.rangeSubtype(range) else {
                throw notA("a multirange type", "anycompatiblemultirange", base)
            }
            if isNew { slots.compatible.append(subtype) }
        default: break
        }
    }

    private func inconsistent(_ slot: String, _ other: String, _ type: TypeID, _ otherType: TypeID) -> PostgresError {
        BindError.mismatch(
            "argument declared \(slot) is not consistent with argument declared \(other)",
            detail: "\(typeName(type)) versus \(typeName(otherType))")
    }

    private func settleFamily1(_ slots: inout PolymorphicSlots) throws(PostgresError) {
        if let array = slots.array {
            if array == .anyarray {
                if let element = slots.element, element != .anyelement {
                    throw inconsistent("anyarray", "anyelement", array, element)
                }
                slots.element = .anyelement
            } else {
                guard let element = types.element(of: array) else { throw notA("an array", "anyarray", array) }
                if let known = slots.element, known != element {
                    throw inconsistent("anyarray", "anyelement", array, known)
                }
                slots.element = element
            }
        }
        if let multirange = slots.multirange {
            guard let range = types.range(ofMultirange: multirange) else {
                throw notA("a multirange type", "anymultirange", multirange)
            }
            if let known = slots.range, known != range {
                throw inconsistent("anymultirange", "anyrange", multirange, known)
            }
            slots.range = range
        } else if slots.wantsMultirange, let range = slots.range {
            slots.multirange = types.multirange(ofRange: range)
        }
        if let range = slots.range {
            guard let subtype = types.rangeSubtype(range) else { throw notA("a range type", "anyrange", range) }
            if let known = slots.element, known != subtype {
                throw inconsistent("anyrange", "anyelement", range, known)
            }
            slots.element = subtype
        }
        guard let element = slots.element else {
            throw BindError.mismatch("could not determine polymorphic type because input has type unknown")
        }
        if slots.wantsNonArray, element != .anyelement, types.isArrayOrDomainOverArray(element) {
            throw BindError.mismatch("type matched to anynonarray is an array type: \(typeName(element))")
        }
        if slots.wantsEnum, element != .anyelement, !types.isEnum(element) {
            throw BindError.mismatch("type matched to anyenum is not an enum type: \(typeName(element))")
        }
    }

    private func settleFamily2(_ slots: inout PolymorphicSlots, declared: inout [TypeID]) throws(PostgresError) {
        if slots.compatible.isEmpty {
            slots.common = .text
            slots.commonArray = .textArray
        } else {
            let common: TypeID
            switch types.commonType(slots.compatible) {
            case .success(let type): common = type
            case .failure(let conflict):
                throw BindError.mismatch(
                    "arguments of anycompatible family cannot be cast to a common type",
                    detail: "\(typeName(conflict.first)) versus \(typeName(conflict.second))")
            }
            slots.common = common
            if let range = slots.commonRange, let subtype = types.rangeSubtype(range), subtype != common {
                throw BindError.mismatch(
                    "anycompatiblerange type \(typeName(range)) does not match anycompatible type \(typeName(common))")
            }
            if slots.wantsCompatibleArray {
                guard let array = types.array(of: common) else { throw BindError.noArrayType(typeName(common)) }
                slots.commonArray = array
            }
            if slots.wantsCompatibleNonArray, types.isArrayOrDomainOverArray(common) {
                throw BindError.mismatch(
                    "type matched to anycompatiblenonarray is an array type: \(typeName(common))")
            }
        }
        if let multirange = slots.commonMultirange, slots.commonRange == nil {
            slots.commonRange = types.range(ofMultirange: multirange)
        } else if slots.wantsCompatibleMultirange, let range = slots.commonRange {
            slots.commonMultirange = types.multirange(ofRange: range)
        }
        if slots.wantsCompatibleRange, slots.commonRange == nil { throw undetermined("anycompatiblerange") }
        if slots.wantsCompatibleMultirange, slots.commonMultirange == nil {
            throw undetermined("anycompatiblemultirange")
        }
        for index in declared.indices {
            switch declared[index] {
            case .anycompatible, .anycompatiblenonarray: declared[index] = slots.common ?? declared[index]
            case .anycompatiblearray: declared[index] = slots.commonArray ?? declared[index]
            case .anycompatiblerange: declared[index] = slots.commonRange ?? declared[index]
            case .anycompatiblemultirange: declared[index] = slots.commonMultirange ?? declared[index]
            default: break
            }
        }
    }
}

/// What the arguments of a call say about its polymorphic types.
private struct PolymorphicSlots {
    var family1 = 0
    var hasFamily2 = false
    var hasUnknowns = false
    var element: TypeID?
    var array: TypeID?
    var range: TypeID?
    var multirange: TypeID?
    var wantsNonArray = false
    var wantsEnum = false
    var wantsMultirange = false
    /// Types that arguments of the second family bring to the common type.
    var compatible: [TypeID] = []
    var common: TypeID?
    var commonArray: TypeID?
    var commonRange: TypeID?
    var commonMultirange: TypeID?
    var wantsCompatibleArray = false
    var wantsCompatibleNonArray = false
    var wantsCompatibleRange = false
    var wantsCompatibleMultirange = false
}
