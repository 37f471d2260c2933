package query

import (
	"slices"
	"strings"
)

// trackingNames are the parameters that advertising and mailing systems add
// to links so that a visit can be told apart; the page does not depend on
// them. Only names that no application is likely to use for itself belong
// here. A name that ends in "*" stands for everything that begins so.
//
// This table is the list's only home.
var trackingNames = []string{
	"utm_*",     // Google Analytics: source, medium, campaign, term, content, id
	"gclid",     // Google Ads click
	"gclsrc",    // Google Ads source
	"gbraid",    // Google Ads, app campaigns
	"wbraid",    // Google Ads, web to app
	"gad_*",     // Google Ads: source, campaignid
	"dclid",     // Google Display & Video
	"srsltid",   // Google Merchant Center
	"_ga",       // Google Analytics, cross-domain
	"_gl",       // Google linker
	"fbclid",    // Facebook
	"igshid",    // Instagram
	"igsh",      // Instagram
	"msclkid",   // Microsoft Advertising
	"ttclid",    // TikTok
	"twclid",    // X
	"li_fat_id", // LinkedIn
	"yclid",     // Yandex Direct
	"ysclid",    // Yandex search
	"_openstat", // Yandex, Mail.ru
	"mc_cid",    // Mailchimp campaign
	"mc_eid",    // Mailchimp recipient
	"mkt_tok",   // Marketo
	"_hsenc",    // HubSpot
	"_hsmi",     // HubSpot
	"__hstc",    // HubSpot
	"__hssc",    // HubSpot
	"__hsfp",    // HubSpot
	"hsCtaTracking",
	"vero_id",     // Vero
	"vero_conv",   // Vero
	"oly_anon_id", // Omeda
	"oly_enc_id",  // Omeda
	"rb_clickid",  // Rakuten
	"s_cid",       // Adobe Analytics
	"mtm_*",       // Matomo
	"pk_*",        // Matomo, formerly Piwik
	"piwik_*",     // Piwik
	"matomo_*",    // Matomo
}

// Tracking reports whether name is a tracking parameter by the list above.
// Letter case counts, as in every query (CF-KEY-15).
func Tracking(name string) bool {
	if _, exact := trackingExact[name]; exact {
		return true
	}
	return slices.ContainsFunc(trackingPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

var trackingExact, trackingPrefixes = splitTracking(trackingNames)

func splitTracking(names []string) (exact map[string]struct{}, prefixes []string) {
	exact = make(map[string]struct{}, len(names))
	for _, n := range names {
		if p, wild := strings.CutSuffix(n, "*"); wild {
			prefixes = append(prefixes, p)
		} else {
			exact[n] = struct{}{}
		}
	}
	return exact, prefixes
}
