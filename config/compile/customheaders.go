package compile

import (
	"fmt"
	"os"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/secret"
)

// customHeaders gives an origin its custom headers. Those from files may
// change; the others are what they are now. Errors name the header and where
// its value should be, never the value.
func customHeaders(out *origin.Origin, headers []config.OriginHeader, env Environment) error {
	for _, h := range headers {
		switch v := h.Value; {
		case v.FromFile != "" && env.Secrets != nil:
			value, err := env.Secrets.Value(v.FromFile)
			if err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			}
			out.Secrets = append(out.Secrets, origin.Secret{Name: h.Name, Load: value.Load})
		case v.FromFile != "":
			content, err := env.readFile(v.FromFile)
			if err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			}
			text, err := secret.First(string(content))
			if err != nil {
				return fmt.Errorf("%s: %s: %w", h.Name, v.FromFile, err)
			}
			out.CustomHeaders.Add(h.Name, text)
		case v.FromEnv != "":
			text, err := env.variable(v.FromEnv)
			if err != nil {
				return fmt.Errorf("%s: environment variable %s: %w", h.Name, v.FromEnv, err)
			}
			out.CustomHeaders.Add(h.Name, text)
		default:
			out.CustomHeaders.Add(h.Name, v.Text)
		}
	}
	return nil
}

func (env Environment) variable(name string) (string, error) {
	lookup := env.LookupEnv
	if lookup == nil {
		lookup = os.LookupEnv
	}
	text, _ := lookup(name)
	return secret.First(text)
}
