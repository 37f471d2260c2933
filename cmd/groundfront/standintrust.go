package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

// standinTrust are the flags by which the stand-in lets in nobody but an edge:
// a secret field and signatures. Neither secret is an argument, which others
// could see.
type standinTrust struct {
	header, file string
	iam          bool
}

func (a *standinTrust) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.header, "secret-header", "", "refuse requests without a field of this `NAME` that has a value of --secret-file")
	f.StringVar(&a.file, "secret-file", "", "`FILE` with one value on each line; all of them are valid")
	f.BoolVar(&a.iam, "iam", false, "refuse requests that are not signed with the keys in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN")
}

// addTo sets what the flags say.
func (a *standinTrust) addTo(o *standin.Options) error {
	o.Secret.Name = a.header
	if a.file != "" {
		content, err := os.ReadFile(a.file)
		if err != nil {
			return err
		}
		o.Secret.Values = strings.FieldsFunc(string(content), func(r rune) bool { return r == '\n' || r == '\r' })
	}
	if !a.iam {
		return nil
	}
	caller := standin.Caller{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
	if caller.AccessKeyID == "" || caller.SecretAccessKey == "" {
		return usagef("--iam needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
	}
	o.Callers = []standin.Caller{caller}
	return nil
}
