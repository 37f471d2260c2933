package compile

import (
	"errors"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/sigv4"
)

var errNoCredentials = errors.New("requests are to be signed, and there is nothing to get credentials from")

// addSigner gives an origin the Signer that its configuration asks for, if any
// (CF-OAC, AG-SIG-05), and has the credentials looked for. To a bucket that nothing
// is signed for, what viewers have signed may pass.
func addSigner(out *origin.Origin, c *config.Config, o *config.Origin, env Environment) error {
	options, wanted := signing(c, o)
	switch {
	case !wanted:
		if o.S3OriginConfig != nil && o.Directory == nil && o.Lambda == nil {
			out.Signer = sigv4.Passer{}
		}
		return nil
	case env.Credentials == nil:
		return errNoCredentials
	}
	options.Credentials, options.Memory = env.Credentials, env.SignedContent
	env.Credentials.Prefetch()
	out.Signer = sigv4.New(options)
	return nil
}

// signing returns what requests to an origin are signed for, if they are. A
// folder or a function that answers in its place looks at no signature.
func signing(c *config.Config, o *config.Origin) (options sigv4.Options, wanted bool) {
	if o.Directory != nil || o.Lambda != nil {
		return sigv4.Options{}, false
	}
	if g := o.APIGateway; g != nil && g.IAMAuth {
		return sigv4.Options{Service: sigv4.ServiceExecuteAPI, Region: g.Region}, true
	}
	a, found := c.OriginAccessControl(o.OriginAccessControlID)
	if !found || a.SigningBehavior == config.SigningNever {
		return sigv4.Options{}, false
	}
	options = sigv4.Options{Service: signedServices[a.OriginType], Region: a.RegionOf(o)}
	if a.SigningBehavior == config.SigningNoOverride {
		options.Behavior = sigv4.BehaviorNoOverride
	}
	return options, true
}

var signedServices = map[config.OriginAccessControlOriginType]sigv4.Service{
	config.AccessControlS3:             sigv4.ServiceS3,
	config.AccessControlLambda:         sigv4.ServiceLambda,
	config.AccessControlMediaStore:     sigv4.ServiceMediaStore,
	config.AccessControlMediaPackageV2: sigv4.ServiceMediaPackageV2,
}
