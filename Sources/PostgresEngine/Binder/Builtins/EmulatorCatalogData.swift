// swift-format-ignore-file

/// Functions that a Supabase project has beside PostgreSQL's own, and those of `tid` and `xid`, in the columns of
/// `BuiltinCatalogData.functions` after the schema. Their own OIDs are 10000 to 12399.
enum EmulatorCatalogData {
    static let functions: StaticString = #"""
        auth	10000	uid	f		0	0	2950	f	f	s						0	
        auth	10001	role	f		0	0	25	f	f	s						0	
        auth	10002	jwt	f		0	0	3802	f	f	s						0	
        auth	10003	email	f		0	0	25	f	f	s						0	
        storage	10010	foldername	f	25	0	0	1009	f	f	i	name					0	
        storage	10011	filename	f	25	0	0	25	f	f	i	name					0	
        storage	10012	extension	f	25	0	0	25	f	f	i	name					0	
        pg_catalog	2878	pg_stat_get_live_tuples	f	26	0	0	20	f	t	s						0	
        pg_catalog	2879	pg_stat_get_dead_tuples	f	26	0	0	20	f	t	s						0	
        extensions	12300	fetchval	f	12010,25	0	0	25	f	t	i						0	hstore
        extensions	12301	slice_array	f	12010,1009	0	0	1009	f	t	i						0	hstore
        extensions	12302	exist	f	12010,25	0	0	16	f	t	i						0	hstore
        extensions	12303	exists_any	f	12010,1009	0	0	16	f	t	i						0	hstore
        extensions	12304	exists_all	f	12010,1009	0	0	16	f	t	i						0	hstore
        extensions	12305	hs_contains	f	12010,12010	0	0	16	f	t	i						0	hstore
        extensions	12306	hs_contained	f	12010,12010	0	0	16	f	t	i						0	hstore
        extensions	12307	hs_concat	f	12010,12010	0	0	12010	f	t	i						0	hstore
        extensions	12308	delete	f	12010,25	0	0	12010	f	t	i						0	hstore
        extensions	12309	delete	f	12010,1009	0	0	12010	f	t	i						0	hstore
        extensions	12310	delete	f	12010,12010	0	0	12010	f	t	i						0	hstore
        extensions	12311	hstore	f	25,25	0	0	12010	f	f	i						0	hstore
        extensions	12312	hstore	f	1009	0	0	12010	f	t	i						0	hstore
        extensions	12313	hstore	f	1009,1009	0	0	12010	f	f	i						0	hstore
        extensions	12314	akeys	f	12010	0	0	1009	f	t	i						0	hstore
        extensions	12315	avals	f	12010	0	0	1009	f	t	i						0	hstore
        extensions	12316	skeys	f	12010	0	0	25	t	t	i						0	hstore
        extensions	12317	svals	f	12010	0	0	25	t	t	i						0	hstore
        extensions	12318	defined	f	12010,25	0	0	16	f	t	i						0	hstore
        extensions	12319	hstore_to_json	f	12010	0	0	114	f	t	i						0	hstore
        extensions	12320	hstore_to_jsonb	f	12010	0	0	3802	f	t	i						0	hstore
        extensions	12321	hstore_eq	f	12010,12010	0	0	16	f	t	i						0	hstore
        extensions	12322	hstore_ne	f	12010,12010	0	0	16	f	t	i						0	hstore
        extensions	12323	hstore	f	2249	0	0	12010	f	f	i						0	hstore
        extensions	12324	each	f	12010	0	0	2249	t	t	i	hs,key,value	ioo	12010,25,25			0	hstore
        extensions	12330	l2_distance	f	12012,12012	0	0	701	f	t	i						0	vector
        extensions	12331	inner_product	f	12012,12012	0	0	701	f	t	i						0	vector
        extensions	12332	vector_negative_inner_product	f	12012,12012	0	0	701	f	t	i						0	vector
        extensions	12333	l1_distance	f	12012,12012	0	0	701	f	t	i						0	vector
        extensions	12334	cosine_distance	f	12012,12012	0	0	701	f	t	i						0	vector
        extensions	12335	vector_dims	f	12012	0	0	23	f	t	i						0	vector
        extensions	12336	vector_norm	f	12012	0	0	701	f	t	i						0	vector
        extensions	12337	l2_normalize	f	12012	0	0	12012	f	t	i						0	vector
        extensions	12338	vector_add	f	12012,12012	0	0	12012	f	t	i						0	vector
        extensions	12339	vector_sub	f	12012,12012	0	0	12012	f	t	i						0	vector
        extensions	12340	vector_mul	f	12012,12012	0	0	12012	f	t	i						0	vector
        extensions	12341	vector_eq	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12342	vector_ne	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12343	vector_lt	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12344	vector_le	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12345	vector_gt	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12346	vector_ge	f	12012,12012	0	0	16	f	t	i						0	vector
        extensions	12350	array_to_vector	f	1007	0	0	12012	f	t	i						0	vector
        extensions	12351	array_to_vector	f	1021	0	0	12012	f	t	i						0	vector
        extensions	12352	array_to_vector	f	1022	0	0	12012	f	t	i						0	vector
        extensions	12353	array_to_vector	f	1231	0	0	12012	f	t	i						0	vector
        extensions	12354	vector_to_float4	f	12012	0	0	1021	f	t	i						0	vector
        extensions	12230	l2_distance	f	12018,12018	0	0	701	f	t	i						0	vector
        extensions	12231	inner_product	f	12018,12018	0	0	701	f	t	i						0	vector
        extensions	12232	halfvec_negative_inner_product	f	12018,12018	0	0	701	f	t	i						0	vector
        extensions	12233	l1_distance	f	12018,12018	0	0	701	f	t	i						0	vector
        extensions	12234	cosine_distance	f	12018,12018	0	0	701	f	t	i						0	vector
        extensions	12235	vector_dims	f	12018	0	0	23	f	t	i						0	vector
        extensions	12236	l2_norm	f	12018	0	0	701	f	t	i						0	vector
        extensions	12237	l2_normalize	f	12018	0	0	12018	f	t	i						0	vector
        extensions	12238	halfvec_add	f	12018,12018	0	0	12018	f	t	i						0	vector
        extensions	12239	halfvec_sub	f	12018,12018	0	0	12018	f	t	i						0	vector
        extensions	12240	halfvec_mul	f	12018,12018	0	0	12018	f	t	i						0	vector
        extensions	12241	halfvec_concat	f	12018,12018	0	0	12018	f	t	i						0	vector
        extensions	12242	halfvec_eq	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12243	halfvec_ne	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12244	halfvec_lt	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12245	halfvec_le	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12246	halfvec_gt	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12247	halfvec_ge	f	12018,12018	0	0	16	f	t	i						0	vector
        extensions	12248	subvector	f	12018,23,23	0	0	12018	f	t	i						0	vector
        extensions	12249	array_to_halfvec	f	1007	0	0	12018	f	t	i						0	vector
        extensions	12250	array_to_halfvec	f	1021	0	0	12018	f	t	i						0	vector
        extensions	12251	array_to_halfvec	f	1022	0	0	12018	f	t	i						0	vector
        extensions	12252	array_to_halfvec	f	1231	0	0	12018	f	t	i						0	vector
        extensions	12253	halfvec_to_float4	f	12018	0	0	1021	f	t	i						0	vector
        extensions	12254	halfvec_to_vector	f	12018	0	0	12012	f	t	i						0	vector
        extensions	12255	vector_to_halfvec	f	12012	0	0	12018	f	t	i						0	vector
        extensions	12256	vector_concat	f	12012,12012	0	0	12012	f	t	i						0	vector
        extensions	12257	subvector	f	12012,23,23	0	0	12012	f	t	i						0	vector
        extensions	12258	avg	a	12012	0	0	12012	f	f	i					n	0	vector
        extensions	12259	sum	a	12012	0	0	12012	f	f	i					n	0	vector
        extensions	12260	avg	a	12018	0	0	12018	f	f	i					n	0	vector
        extensions	12261	sum	a	12018	0	0	12018	f	f	i					n	0	vector
        extensions	12360	unaccent	f	25	0	0	25	f	t	s						0	unaccent
        extensions	12361	unaccent	f	3769,25	0	0	25	f	t	s						0	unaccent
        extensions	12200	ltree_lt	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12201	ltree_le	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12202	ltree_eq	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12203	ltree_ge	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12204	ltree_gt	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12205	ltree_ne	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12206	ltree_cmp	f	12014,12014	0	0	23	f	t	i						0	ltree
        extensions	12207	subltree	f	12014,23,23	0	0	12014	f	t	i						0	ltree
        extensions	12208	subpath	f	12014,23,23	0	0	12014	f	t	i						0	ltree
        extensions	12209	subpath	f	12014,23	0	0	12014	f	t	i						0	ltree
        extensions	12210	index	f	12014,12014	0	0	23	f	t	i						0	ltree
        extensions	12211	index	f	12014,12014,23	0	0	23	f	t	i						0	ltree
        extensions	12212	nlevel	f	12014	0	0	23	f	t	i						0	ltree
        extensions	12213	ltree2text	f	12014	0	0	25	f	t	i						0	ltree
        extensions	12214	text2ltree	f	25	0	0	12014	f	t	i						0	ltree
        extensions	12215	lca	f	12015	0	0	12014	f	t	i						0	ltree
        extensions	12216	lca	f	12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12217	lca	f	12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12218	lca	f	12014,12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12219	lca	f	12014,12014,12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12220	lca	f	12014,12014,12014,12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12221	lca	f	12014,12014,12014,12014,12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12222	lca	f	12014,12014,12014,12014,12014,12014,12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12223	ltree_isparent	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12224	ltree_risparent	f	12014,12014	0	0	16	f	t	i						0	ltree
        extensions	12225	ltree_addltree	f	12014,12014	0	0	12014	f	t	i						0	ltree
        extensions	12226	ltree_addtext	f	12014,25	0	0	12014	f	t	i						0	ltree
        extensions	12227	ltree_textadd	f	25,12014	0	0	12014	f	t	i						0	ltree
        extensions	12228	ltq_regex	f	12014,12016	0	0	16	f	t	i						0	ltree
        extensions	12229	ltq_rregex	f	12016,12014	0	0	16	f	t	i						0	ltree
        extensions	12370	levenshtein	f	25,25	0	0	23	f	t	i						0	fuzzystrmatch
        extensions	12371	levenshtein	f	25,25,23,23,23	0	0	23	f	t	i						0	fuzzystrmatch
        extensions	12372	levenshtein_less_equal	f	25,25,23	0	0	23	f	t	i						0	fuzzystrmatch
        extensions	12373	levenshtein_less_equal	f	25,25,23,23,23,23	0	0	23	f	t	i						0	fuzzystrmatch
        extensions	12374	soundex	f	25	0	0	25	f	t	i						0	fuzzystrmatch
        extensions	12375	text_soundex	f	25	0	0	25	f	t	i						0	fuzzystrmatch
        extensions	12376	difference	f	25,25	0	0	23	f	t	i						0	fuzzystrmatch
        extensions	12377	metaphone	f	25,23	0	0	25	f	t	i						0	fuzzystrmatch
        extensions	12378	dmetaphone	f	25	0	0	25	f	t	i						0	fuzzystrmatch
        extensions	12379	dmetaphone_alt	f	25	0	0	25	f	t	i						0	fuzzystrmatch
        pg_catalog	12393	emulator_range	f	3831,2283,2283,25	0	0	3831	f	f	i						0	
        pg_catalog	12394	emulator_current_of	f	1790,26	0	0	27	f	f	s						0	
        pg_catalog	12391	emulator_sample	f	27,16,23,700	0	0	16	f	f	v						0	
        pg_catalog	12392	emulator_sample	f	27,16,23,700,701	0	0	16	f	f	v						0	
        pg_catalog	991	point_distance	f	600,600	0	0	701	f	t	i						0	
        pg_catalog	12390	emulator_sequence_state	f	2205	0	0	2249	f	t	v	sequence,last_value,log_cnt,is_called	iooo	2205,20,20,16			0	
        pg_catalog	68	xideq	f	28,28	0	0	16	f	t	i						0	
        pg_catalog	3308	xidneq	f	28,28	0	0	16	f	t	i						0	
        pg_catalog	1319	xideqint4	f	28,23	0	0	16	f	t	i						0	
        pg_catalog	3309	xidneqint4	f	28,23	0	0	16	f	t	i						0	
        pg_catalog	1292	tideq	f	27,27	0	0	16	f	t	i						0	
        pg_catalog	1265	tidne	f	27,27	0	0	16	f	t	i						0	
        pg_catalog	2790	tidgt	f	27,27	0	0	16	f	t	i						0	
        pg_catalog	2791	tidlt	f	27,27	0	0	16	f	t	i						0	
        pg_catalog	2792	tidge	f	27,27	0	0	16	f	t	i						0	
        pg_catalog	2793	tidle	f	27,27	0	0	16	f	t	i						0	
        """#

    /// Types of extensions, operators and casts of theirs, in the columns of `BuiltinCatalogData`.
    static let types: StaticString = #"""
        12010	hstore	hstore	b	U	f	0	12011	0	-	f	f	hstore
        12011	_hstore	hstore[]	b	A	f	12010	0	0	a	f	f	hstore
        12012	vector	vector	b	U	f	0	12013	0	-	t	f	vector
        12013	_vector	vector[]	b	A	f	12012	0	0	a	t	f	vector
        12014	ltree	ltree	b	U	f	0	12015	0	-	f	f	ltree
        12015	_ltree	ltree[]	b	A	f	12014	0	0	a	f	f	ltree
        12016	lquery	lquery	b	U	f	0	12017	0	-	f	f	ltree
        12017	_lquery	lquery[]	b	A	f	12016	0	0	a	f	f	ltree
        12018	halfvec	halfvec	b	U	f	0	12019	0	-	t	f	vector
        12019	_halfvec	halfvec[]	b	A	f	12018	0	0	a	t	f	vector
        """#

    static let operators: StaticString = #"""
        ->	12010	25	25	12300			hstore
        ->	12010	1009	1009	12301			hstore
        ?	12010	25	16	12302			hstore
        ?|	12010	1009	16	12303			hstore
        ?&	12010	1009	16	12304			hstore
        @>	12010	12010	16	12305			hstore
        <@	12010	12010	16	12306			hstore
        ||	12010	12010	12010	12307			hstore
        -	12010	25	12010	12308			hstore
        -	12010	1009	12010	12309			hstore
        -	12010	12010	12010	12310			hstore
        =	12010	12010	16	12321	=	<>	hstore
        <>	12010	12010	16	12322		=	hstore
        <->	12012	12012	701	12330	<->		vector
        <#>	12012	12012	701	12332	<#>		vector
        <+>	12012	12012	701	12333	<+>		vector
        <=>	12012	12012	701	12334	<=>		vector
        +	12012	12012	12012	12338	+		vector
        -	12012	12012	12012	12339			vector
        *	12012	12012	12012	12340	*		vector
        =	12012	12012	16	12341	=	<>	vector
        <>	12012	12012	16	12342	<>	=	vector
        <	12012	12012	16	12343	>	>=	vector
        <=	12012	12012	16	12344	>=	>	vector
        >	12012	12012	16	12345	<	<=	vector
        >=	12012	12012	16	12346	<=	<	vector
        <->	12018	12018	701	12230	<->		vector
        <#>	12018	12018	701	12232	<#>		vector
        <+>	12018	12018	701	12233	<+>		vector
        <=>	12018	12018	701	12234	<=>		vector
        +	12018	12018	12018	12238	+		vector
        -	12018	12018	12018	12239			vector
        *	12018	12018	12018	12240	*		vector
        ||	12018	12018	12018	12241			vector
        ||	12012	12012	12012	12256			vector
        =	12018	12018	16	12242	=	<>	vector
        <>	12018	12018	16	12243	<>	=	vector
        <	12018	12018	16	12244	>	>=	vector
        <=	12018	12018	16	12245	>=	>	vector
        >	12018	12018	16	12246	<	<=	vector
        >=	12018	12018	16	12247	<=	<	vector
        =	12014	12014	16	12202	=	<>	ltree
        <>	12014	12014	16	12205	<>	=	ltree
        <	12014	12014	16	12200	>	>=	ltree
        <=	12014	12014	16	12201	>=	>	ltree
        >	12014	12014	16	12204	<	<=	ltree
        >=	12014	12014	16	12203	<=	<	ltree
        @>	12014	12014	16	12223	<@		ltree
        <@	12014	12014	16	12224	@>		ltree
        ||	12014	12014	12014	12225			ltree
        ||	12014	25	12014	12226			ltree
        ||	25	12014	12014	12227			ltree
        ~	12014	12016	16	12228	~		ltree
        ~	12016	12014	16	12229	~		ltree
        """#

    static let casts: StaticString = #"""
        12010	114	e	f	12319	1	hstore
        12010	3802	e	f	12320	1	hstore
        1009	12010	e	f	12312	1	hstore
        1007	12012	a	f	12350	1	vector
        1021	12012	a	f	12351	1	vector
        1022	12012	a	f	12352	1	vector
        1231	12012	a	f	12353	1	vector
        12012	1021	i	f	12354	1	vector
        1007	12018	a	f	12249	1	vector
        1021	12018	a	f	12250	1	vector
        1022	12018	a	f	12251	1	vector
        1231	12018	a	f	12252	1	vector
        12018	1021	a	f	12253	1	vector
        12018	12012	a	f	12254	1	vector
        12012	12018	i	f	12255	1	vector
        """#
}
