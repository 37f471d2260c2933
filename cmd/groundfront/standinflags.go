package main

import (
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin/apigateway/standin"
)

// standinAccess are the flags that say who may call the stand-in.
type standinAccess struct {
	keys        []string
	rate        float64
	burst       int
	quota       int
	period      *word
	allow, deny []string

	issuer           string
	audience, scopes []string
	jwks             string
}

func (a *standinAccess) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&a.keys, "api-key", nil, "`KEY` of 20 to 128 characters that x-api-key must have one of; repeat it")
	f.Float64Var(&a.rate, "key-rate", 0, "requests per second of each key, 0 for no throttle")
	f.IntVar(&a.burst, "key-burst", 0, "requests at once of each key (default: one second's worth)")
	f.IntVar(&a.quota, "quota", 0, "requests of each key in --quota-period, 0 for no quota")
	a.period = &word{words: []string{standin.QuotaDay.String(), standin.QuotaWeek.String(), standin.QuotaMonth.String()}}
	wordFlag(cmd, "quota-period", "how long a quota lasts, by UTC", standin.QuotaDay.String(), a.period)
	f.StringVar(&a.issuer, "jwt-issuer", "", "`ISSUER` of the tokens that /me takes, for an HTTP API (default: a table of tokens)")
	f.StringArrayVar(&a.audience, "jwt-audience", nil, "`AUDIENCE` that a token may be for; repeat it")
	f.StringArrayVar(&a.scopes, "jwt-scope", nil, "`SCOPE` of which a token needs one; repeat it")
	f.StringVar(&a.jwks, "jwks", "", "`FILE` with the issuer's keys (JWKS)")
	_ = cmd.MarkFlagFilename("jwks", "json")
	f.StringArrayVar(&a.allow, "allow", nil, "`ADDRESS` or range that the resource policy allows; repeat it; without any there is no policy")
	f.StringArrayVar(&a.deny, "deny", nil, "`ADDRESS` or range that the resource policy denies; repeat it")
}

// addTo sets what the flags say.
func (a *standinAccess) addTo(o *standin.Options) (err error) {
	if len(a.keys) > 0 {
		plan := standin.UsagePlan{Keys: a.keys, Throttle: standin.Throttle{Rate: a.rate, Burst: a.burst}}
		if a.burst == 0 && a.rate > 0 {
			plan.Throttle.Burst = max(1, int(a.rate))
		}
		plan.Quota.Limit = a.quota
		for p := standin.QuotaDay; p <= standin.QuotaMonth; p++ {
			if p.String() == a.period.value {
				plan.Quota.Period = p
			}
		}
		o.UsagePlans = []standin.UsagePlan{plan}
	}
	o.JWT = standin.JWT{Issuer: a.issuer, Audience: a.audience, Scopes: a.scopes}
	if a.jwks != "" {
		if o.JWT.JWKS, err = os.ReadFile(a.jwks); err != nil {
			return usagef("--jwks: %w", err)
		}
	}
	if o.Policy.Allow, err = parseRanges(a.allow); err != nil {
		return err
	}
	o.Policy.Deny, err = parseRanges(a.deny)
	return err
}

// standinCanary are the flags about stage variables and the canary.
type standinCanary struct {
	percent           float64
	variables, canary map[string]string
}

func (a *standinCanary) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringToStringVar(&a.variables, "stage-variable", nil, "`NAME=VALUE` that functions and /version see; repeat it")
	f.Float64Var(&a.percent, "canary", 0, "percentage of requests that the canary deployment answers")
	f.StringToStringVar(&a.canary, "canary-variable", nil, "`NAME=VALUE` that overrides a stage variable for the canary; repeat it")
}

// addTo sets what the flags say.
func (a *standinCanary) addTo(o *standin.Options) {
	o.StageVariables = a.variables
	o.Canary = standin.Canary{Percent: a.percent, StageVariables: a.canary}
}

// standinCORS are the flags about browsers of other sites.
type standinCORS struct {
	origins []string
	errors  bool
}

func (a *standinCORS) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&a.origins, "cors-origin", nil, "`ORIGIN` that CORS allows, or *; repeat it; without any there is no CORS")
	f.BoolVar(&a.errors, "cors-errors", false, "have the errors that a REST API makes itself say so too, by gateway responses")
}

// addTo sets what the flags say.
func (a *standinCORS) addTo(o *standin.Options) error {
	if len(a.origins) == 0 && a.errors {
		return usagef("--cors-errors is about --cors-origin, and there is none")
	}
	if len(a.origins) == 0 {
		return nil
	}
	o.CORS = standin.CORS{
		AllowOrigins: a.origins, AllowMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
		AllowHeaders: []string{"Authorization", "Content-Type", "X-Api-Key"},
	}
	if a.errors {
		said := standin.GatewayResponse{Lines: field.Lines{{Name: "Access-Control-Allow-Origin", Value: a.origins[0]}}}
		o.GatewayResponses = map[string]standin.GatewayResponse{standin.Default4XX: said, standin.Default5XX: said}
	}
	return nil
}

// standinAddresses are the flags about how the API is reached.
type standinAddresses struct {
	shape   *word
	domains []string
	private string
}

func (a *standinAddresses) register(cmd *cobra.Command) {
	f := cmd.Flags()
	a.shape = &word{words: []string{standin.ShapeAWS.String(), standin.ShapeSAM.String(), standin.ShapeLocalStack.String()}}
	wordFlag(cmd, "shape", "whose addresses and answers it has: the service's, those of \"sam local start-api\" or of LocalStack", standin.ShapeAWS.String(), a.shape)
	f.StringArrayVar(&a.domains, "custom-domain", nil, "`NAME[/BASE_PATH]` by which the API is reached too; repeat it")
	f.StringVar(&a.private, "vpc-endpoint", "", "`ID` of a VPC endpoint, such as vpce-0f1e2d, through which it is reached as a private API")
}

// addTo sets what the flags say.
func (a *standinAddresses) addTo(o *standin.Options) {
	for s := standin.ShapeAWS; s <= standin.ShapeLocalStack; s++ {
		if s.String() == a.shape.value {
			o.Shape = s
		}
	}
	for _, d := range a.domains {
		name, base, _ := strings.Cut(d, "/")
		o.Mappings = append(o.Mappings, standin.Mapping{Domain: name, BasePath: base})
	}
	o.VPCEndpoint = a.private
}

// parseRanges takes addresses and ranges.
func parseRanges(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			address, errAddress := netip.ParseAddr(s)
			if errAddress != nil {
				return nil, usagef("%q is not an address such as 127.0.0.1, or a range such as 10.0.0.0/8", s)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		out = append(out, prefix)
	}
	return out, nil
}
