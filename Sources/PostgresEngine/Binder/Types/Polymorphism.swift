import PostgresTypes

extension TypeSystem {
    /// Whether arguments fit polymorphic slots together (`check_generic_type_consistency`).
    func isConsistent(actual: [TypeID], declared: [TypeID]) -> Bool {
        var element: TypeID?
        var array: TypeID?
        var range: TypeID?
        var multirange: TypeID?
        var wantsNonArray = false
        var wantsEnum = false
        var wantsCompatibleNonArray = false
        var compatible: [TypeID] = []
        var compatibleRange: TypeID?
        var compatibleMultirange: TypeID?
        for (declared, actual) in zip(declared, actual) {
            switch declared {
            case .anyelement, .anynonarray, .anyenum:
                if declared == .anynonarray { wantsNonArray = true }
                if declared == .anyenum { wantsEnum = true }
                if actual == .unknown { continue }
                if let known = element, known != actual { return false }
                element = actual
            case .anyarray:
                if actual == .unknown { continue }
                let base = base(of: actual)
                if let known = array, known != base { return false }
                array = base
            case .anyrange:
                if actual == .unknown { continue }
                let base = base(of: actual)
                if let known = range, known != base { return false }
                range = base
            case .anymultirange:
                if actual == .unknown { continue }
                let base = base(of: actual)
                if let known = multirange, known != base { return false }
                multirange = base
            case .anycompatible, .anycompatiblenonarray:
                if declared == .anycompatiblenonarray { wantsCompatibleNonArray = true }
                if actual != .unknown { compatible.append(actual) }
            case .anycompatiblearray:
                if actual == .unknown { continue }
                guard let element = baseElement(of: actual) else { return false }
                compatible.append(element)
            case .anycompatiblerange:
                if actual == .unknown { continue }
                let base = base(of: actual)
                if let known = compatibleRange, known != base { return false }
                guard let subtype = rangeSubtype(base) else { return false }
                compatibleRange = base
                compatible.append(subtype)
            case .anycompatiblemultirange:
                if actual == .unknown { continue }
                let base = base(of: actual)
                if let known = compatibleMultirange, known != base { return false }
                guard let itsRange = self.range(ofMultirange: base), let subtype = rangeSubtype(itsRange) else {
                    return false
                }
                compatibleMultirange = base
                compatible.append(subtype)
            default: break
            }
        }
        if let array {
            if array == .anyarray {
                if let element, element != .anyelement { return false }
            } else {
                guard let itsElement = self.element(of: array) else { return false }
                if let known = element, known != itsElement { return false }
                element = itsElement
            }
        }
        if let multirange {
            guard let itsRange = self.range(ofMultirange: multirange) else { return false }
            if let known = range, known != itsRange { return false }
            range = itsRange
        }
        if let range {
            guard let subtype = rangeSubtype(range) else { return false }
            if let known = element, known != subtype { return false }
            element = subtype
        }
        if wantsNonArray, let element, isArrayOrDomainOverArray(element) { return false }
        if wantsEnum {
            guard let element, isEnum(element) else { return false }
        }
        guard !compatible.isEmpty else { return true }
        guard case .success(let common) = commonType(compatible) else { return false }
        guard compatible.allSatisfy({ canCoerce($0, to: common, .implicit) }) else { return false }
        if wantsCompatibleNonArray, isArrayOrDomainOverArray(common) { return false }
        if let compatibleRange, rangeSubtype(compatibleRange) != common { return false }
        if let compatibleMultirange, let itsRange = self.range(ofMultirange: compatibleMultirange),
            rangeSubtype(itsRange) != common
        {
            return false
        }
        if let compatibleRange, let compatibleMultirange,
            self.range(ofMultirange: compatibleMultirange) != compatibleRange
        {
            return false
        }
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
