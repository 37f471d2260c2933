package compile

import (
	"errors"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// TestAllOfWebACLs compiles what package config's own tests say that there is of
// web ACLs, natively and as AWS prints it: nothing of it is refused.
func TestAllOfWebACLs(t *testing.T) {
	t.Chdir("..") // to where the documents are
	for _, file := range []string{"testdata/webacl_statements.yaml", "testdata/webacl_aws.yaml", "testdata/webacl_warnings.yaml"} {
		c, problems := config.Load(file)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		s, err := Compile(c, Environment{ReadFile: func(name string) ([]byte, error) {
			if name != "./geo.txt" {
				return nil, errors.ErrUnsupported
			}
			return []byte("192.0.2.0/24,DE,EU,,64500\n"), nil
		}})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if s.Distributions[0].WebACL == nil {
			t.Errorf("%s: got no web ACL", file)
		}
	}
}
