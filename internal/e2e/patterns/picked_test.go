//go:build e2e

package patterns

// A picked call is one that an operator would ask about, with the answer.
type picked struct {
	call
	want []string
}

// Who calls, and what CloudTrail says of a key in a key store.
func ofStore() object {
	return object{"customKeyStoreId": "cks-1234567890abcdef0", "xksKeyId": "abc01234567890fe"}
}
func person() object { return object{"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/Alice"} }
func own() object {
	return object{"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/xks-remediator-RemediateRole/f"}
}

func handPicked() []sample {
	var all []sample
	for _, table := range []map[string]picked{pickedUses(), pickedChanges()} {
		for name, tt := range table {
			all = append(all, sample{name: name, event: text(tt.event()), want: tt.want})
		}
	}
	return all
}

// pickedUses are calls that use keys or look at them.
func pickedUses() map[string]picked {
	return map[string]picked{
		"an EBS volume cannot be attached: the key store is down": {call{"GenerateDataKeyWithoutPlaintext", "KMSInvalidStateException", nil, ofStore(), object{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}, []string{cryptographic}},
		"an application cannot decrypt":                           {call{"Decrypt", "KMSInvalidStateException", nil, ofStore(), person()}, []string{cryptographic}},
		"an application of another account cannot decrypt":        {call{"Decrypt", "KMSInvalidStateException", nil, ofStore(), object{"type": "AWSAccount", "accountId": "444455556666"}}, []string{cryptographic}},
		"the product's own canary cannot encrypt":                 {call{"Encrypt", "KMSInvalidStateException", nil, ofStore(), own()}, []string{cryptographic}},
		"a key is described while its store is down":              {call{"DescribeKey", "KMSInvalidStateException", nil, ofStore(), person()}, []string{cryptographic}},
		"a key of no store is pending deletion":                   {call{"Decrypt", "KMSInvalidStateException", object{"keyId": "k"}, nil, person()}, nil},
		"an application decrypts":                                 {call{"Decrypt", nil, nil, ofStore(), person()}, nil},
		"an application may not decrypt":                          {call{"Decrypt", "AccessDenied", nil, ofStore(), person()}, nil},
		"the key is disabled":                                     {call{"Decrypt", "DisabledException", nil, ofStore(), person()}, nil},
		"KMS throttles an application":                            {call{"Decrypt", "ThrottlingException", nil, ofStore(), person()}, nil},
		"KMS itself fails":                                        {call{"Decrypt", "KMSInternalException", nil, ofStore(), person()}, nil},
		"the ciphertext is of another key":                        {call{"Decrypt", "IncorrectKeyException", nil, ofStore(), person()}, nil},
		"key stores are described":                                {call{"DescribeCustomKeyStores", nil, nil, nil, own()}, nil},
		"key stores may not be described":                         {call{"DescribeCustomKeyStores", "AccessDenied", nil, nil, own()}, nil},
		"the key store's ID is null: the field is there":          {call{"Decrypt", "KMSInvalidStateException", nil, object{"customKeyStoreId": nil}, person()}, []string{cryptographic}},
		"the key store's ID is an empty list: there is no leaf":   {call{"Decrypt", "KMSInvalidStateException", nil, object{"customKeyStoreId": []any{}}, person()}, nil},
		"the key store's ID under another spelling":               {call{"Decrypt", "KMSInvalidStateException", nil, object{"CustomKeyStoreId": "cks-1"}, person()}, nil},
		"the key store's ID among the parameters alone":           {call{"Decrypt", "KMSInvalidStateException", ofStore(), nil, person()}, nil},
	}
}

// pickedChanges are calls that would change key stores or make keys.
func pickedChanges() map[string]picked {
	return map[string]picked{
		"a key store is connected":                                     {call{"ConnectCustomKeyStore", nil, ofStore(), nil, person()}, []string{changed}},
		"a key store is connected by the product":                      {call{"ConnectCustomKeyStore", nil, ofStore(), nil, own()}, []string{changed}},
		"a key store is not in a state to be connected":                {call{"ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException", ofStore(), nil, person()}, []string{changed}},
		"a pipeline may not connect":                                   {call{"ConnectCustomKeyStore", "AccessDenied", nil, nil, person()}, []string{changed}},
		"a connect fails by a code that is new":                        {call{"ConnectCustomKeyStore", "SomethingNewException", nil, nil, person()}, []string{changed}},
		"a person throws the kill switch":                              {call{"DisconnectCustomKeyStore", nil, ofStore(), nil, person()}, []string{changed}},
		"a person's kill switch is refused":                            {call{"DisconnectCustomKeyStore", "AccessDenied", nil, nil, person()}, []string{changed}},
		"a person changes the proxy's credential":                      {call{"UpdateCustomKeyStore", nil, ofStore(), nil, person()}, []string{changed}},
		"an update cannot reach the proxy":                             {call{"UpdateCustomKeyStore", "XksProxyUriUnreachableException", ofStore(), nil, person()}, []string{changed}},
		"a create finds no endpoint service":                           {call{"CreateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException", nil, nil, person()}, []string{callFailed}},
		"a create finds the endpoint service wrong":                    {call{"CreateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", nil, nil, person()}, []string{callFailed}},
		"a create cannot reach the proxy":                              {call{"CreateCustomKeyStore", "XksProxyUriUnreachableException", nil, nil, person()}, []string{callFailed}},
		"a create has the wrong credential":                            {call{"CreateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException", nil, nil, person()}, []string{callFailed}},
		"a create may not look at EC2":                                 {call{"CreateCustomKeyStore", "Client.UnauthorizedOperation", nil, nil, person()}, []string{callFailed}},
		"a create succeeds":                                            {call{"CreateCustomKeyStore", nil, nil, nil, person()}, nil},
		"a create finds its name in use":                               {call{"CreateCustomKeyStore", "CustomKeyStoreNameInUseException", nil, nil, person()}, nil},
		"a create finds its CloudHSM cluster inactive":                 {call{"CreateCustomKeyStore", "CloudHsmClusterNotActiveException", nil, nil, person()}, nil},
		"a create is one too many":                                     {call{"CreateCustomKeyStore", "LimitExceededException", nil, nil, person()}, nil},
		"a key is created in a store that is down":                     {call{"CreateKey", "CustomKeyStoreInvalidStateException", ofStore(), nil, person()}, []string{callFailed}},
		"a key is created for an external key that is not there":       {call{"CreateKey", "XksKeyNotFoundException", ofStore(), nil, person()}, []string{callFailed}},
		"a key is created for an external key in use":                  {call{"CreateKey", "XksKeyAlreadyInUseException", ofStore(), nil, person()}, []string{callFailed}},
		"a key may not be created in a key store":                      {call{"CreateKey", "AccessDenied", ofStore(), nil, person()}, []string{callFailed}},
		"a key may not be created anywhere":                            {call{"CreateKey", "AccessDenied", object{"origin": "AWS_KMS"}, nil, person()}, nil},
		"a key is created":                                             {call{"CreateKey", nil, ofStore(), nil, person()}, nil},
		"a key store may not be deleted":                               {call{"DeleteCustomKeyStore", "AccessDenied", ofStore(), nil, person()}, []string{callFailed}},
		"a key store with keys in it is deleted":                       {call{"DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException", ofStore(), nil, person()}, nil},
		"a key store is deleted":                                       {call{"DeleteCustomKeyStore", nil, ofStore(), nil, person()}, nil},
		"a code in small letters is no code of AWS":                    {call{"CreateCustomKeyStore", "xksproxyuriunreachableexception", nil, nil, person()}, nil},
		"a call whose name only begins like one":                       {call{"ConnectCustomKeyStoreV2", nil, ofStore(), nil, person()}, nil},
		"a failed create of a key in a store that KMS calls invalid":   {call{"CreateKey", "KMSInvalidStateException", ofStore(), nil, person()}, nil},
		"the same with the store beside it":                            {call{"CreateKey", "KMSInvalidStateException", ofStore(), ofStore(), person()}, []string{cryptographic}},
		"a connect that fails like a cryptographic call is of 2 rules": {call{"ConnectCustomKeyStore", "KMSInvalidStateException", ofStore(), ofStore(), person()}, []string{cryptographic, changed}},
	}
}
