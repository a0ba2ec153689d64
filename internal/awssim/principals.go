package awssim

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/xks-remediator/xks-remediator/internal/awssim/engine"
)

// The principals that every simulator has. Both may do everything.
const (
	Admin    = "admin"    // a person: the IAM user Alice
	Workload = "workload" // an application with the role payments-app
)

func (s *Sim) addPeople() {
	s.addUser(Admin, "Alice")
	role := s.iamARN("role/payments-app")
	s.addPrincipal(engine.Principal{Name: Workload, Type: "AssumedRole", RoleARN: role,
		ARN: sessionARN(s.options.Account, role, "i-0c5d1f2a3b4e56789"), Unbound: true})
}

func (s *Sim) addUser(name, userName string) {
	s.addPrincipal(engine.Principal{Name: name, Type: "IAMUser", ARN: s.iamARN("user/" + userName), UserName: userName, Unbound: true})
}

// addPrincipal gives p its access key and makes it known.
func (s *Sim) addPrincipal(p engine.Principal, policies ...engine.Policy) {
	p.KeyID, _ = accessKey(p)
	s.IAM.Add(p, policies...)
}

// AddService makes an AWS service known as a caller on a customer's behalf, as
// "ec2.amazonaws.com" for EBS. CloudTrail shows it without an ARN.
func (s *Sim) AddService(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addPrincipal(engine.Principal{Name: name, Type: "AWSService", Unbound: true})
}

// AddRole makes a role of the account known by name, with the given policies only.
func (s *Sim) AddRole(name string, policies ...engine.Policy) {
	s.mu.Lock()
	defer s.mu.Unlock()
	role := s.iamARN("role/" + name)
	s.addPrincipal(engine.Principal{Name: name, Type: "AssumedRole", RoleARN: role,
		ARN: sessionARN(s.options.Account, role, "session")}, policies...)
}

// Credentials returns the access key of a principal: Admin, Workload, a function's logical
// ID, or one that was added. A name that nobody has yet becomes an IAM user who may do
// everything.
func (s *Sim) Credentials(name string) (accessKeyID, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.principal(name)
	if !known {
		s.addUser(name, name)
		p, _ = s.principal(name)
	}
	return accessKey(p)
}

// principal finds a principal by name: its key is one of two that follow from it.
func (s *Sim) principal(name string) (engine.Principal, bool) {
	for _, kind := range []string{"IAMUser", "AssumedRole"} {
		id, _ := accessKey(engine.Principal{Name: name, Type: kind})
		if p, known := s.IAM.ByKey(id); known {
			return p, true
		}
	}
	return engine.Principal{}, false
}

// accessKey makes the key of p in AWS's form: AKIA for users, ASIA for sessions.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func accessKey(p engine.Principal) (id, secret string) {
	sum := sha256.Sum256([]byte("awssim/" + p.Name))
	prefix := "ASIA"
	if p.Type == "IAMUser" {
		prefix = "AKIA"
	}
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:16], hex.EncodeToString(sum[:20])
}

func (s *Sim) iamARN(resource string) string {
	return fmt.Sprintf("arn:aws:iam::%s:%s", s.options.Account, resource)
}

func sessionARN(account, role, session string) string {
	return fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", account, role[strings.LastIndex(role, "/")+1:], session)
}
