package config_test

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
)

const shop = `version: 1
distributions:
  shop:
    origins:
      api:
        domain_name: abc123.execute-api.us-east-1.amazonaws.com
        origin_path: /prod
    default_cache_behavior:
      target_origin_id: api
      cache_policy_id: CachingDisabled
`

func ExampleParse() {
	c, problems := config.Parse("groundfront.yaml", []byte(shop))
	fmt.Println(len(problems), "problems")
	d := c.Distributions[0]
	fmt.Println(d.Name, d.Origins[0].ConnectionTimeout, d.DefaultCacheBehavior.AllowedMethods.Methods())
	policy, _ := c.CachePolicy(d.DefaultCacheBehavior.CachePolicyID)
	fmt.Println(policy.Name, policy.CachingDisabled())
	// Output:
	// 0 problems
	// shop 10s [GET HEAD]
	// CachingDisabled true
}

func ExampleDiagnostics() {
	_, problems := config.Parse("groundfront.yaml", []byte(shop+"      compres: true\n"))
	fmt.Print(problems)
	// Output:
	// groundfront.yaml:11:7: error GF2104: unknown key "compres" in cache behavior
	//     10 |       cache_policy_id: CachingDisabled
	//     11 |       compres: true
	//        |       ^
	//          did you mean "compress"?
}
