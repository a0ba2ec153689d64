package scenario

// All returns every scenario, in the order in which a rehearsal shows them.
func All() []Scenario {
	var all []Scenario
	for _, some := range [][]Scenario{groups(), vpcs(), services(), records(), settings(), states(), balancers(), zonesOfVPC(), proxies(), probes(), people(), limits(), owners()} {
		all = append(all, some...)
	}
	return all
}

// Names returns the names of all scenarios.
func Names() []string {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
	}
	return names
}

// How a run ends where nothing is written and KMS stays cut off.
func waits(causes ...string) End { return End{Causes: causes, State: "needs-person"} }

// refused is the end of a create that a person must mend: there is no key store.
func refused(causes ...string) End {
	return End{Causes: causes, State: "needs-person", Absent: true}
}

// mended is waits in every mode but auto.
func mended(auto End) (map[string]End, End) {
	return map[string]End{"auto": auto}, End{Causes: auto.Causes, State: "needs-person", Absent: auto.Absent}
}

// fixed makes a scenario that auto mode mends and the other modes tell of.
func fixed(p Phase, name string, s Scenario, auto End) Scenario {
	s.Ends, s.Otherwise = mended(auto)
	return in(p, name, s)
}

// told makes a scenario that ends the same in every mode.
func told(p Phase, name string, s Scenario, end End) Scenario {
	s.Otherwise = end
	return in(p, name, s)
}
