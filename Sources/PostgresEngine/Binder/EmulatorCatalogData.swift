// swift-format-ignore-file

/// Functions that a Supabase project has beside PostgreSQL's own, in the columns of `BuiltinCatalogData.functions`
/// after the schema. Their OIDs are 10000 to 11999.
enum EmulatorCatalogData {
    static let functions: StaticString = #"""
        auth	10000	uid	f		0	0	2950	f	f	s						0	
        auth	10001	role	f		0	0	25	f	f	s						0	
        auth	10002	jwt	f		0	0	3802	f	f	s						0	
        auth	10003	email	f		0	0	25	f	f	s						0	
        storage	10010	foldername	f	25	0	0	1009	f	f	i	name					0	
        storage	10011	filename	f	25	0	0	25	f	f	i	name					0	
        storage	10012	extension	f	25	0	0	25	f	f	i	name					0	
        """#
}
