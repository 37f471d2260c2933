package config

import (
	"slices"
	"strings"
)

// keyGroups checks public keys and key groups; what is in a key is looked at when
// it is compiled, together with files.
func (k *checker) keyGroups() {
	var ids []string
	for i := range k.config.PublicKeys {
		p := &k.config.PublicKeys[i]
		ids = append(ids, p.Name)
		k.publicKey(p)
	}
	k.atMost("key_groups", "key groups", len(k.config.KeyGroups), 10, "CF-QUO-22")
	for _, g := range k.config.KeyGroups {
		at := path("key_groups").key(g.Name)
		if len(g.Items) == 0 {
			k.fail(at, badKeyGroup, "key group %q has no public key: nothing could be signed for it", g.Name)
		}
		k.atMost(at, "public keys", len(g.Items), 5, "CF-QUO-22")
		k.repeats(at, g.Items, exact)
		for i, id := range g.Items {
			if !slices.Contains(ids, id) {
				k.fail(at.index(i), unknownKeyGroup, "there is no public key %q", id).Suggestion = didYouMean(id, ids)
			}
		}
	}
}

func (k *checker) publicKey(p *PublicKey) {
	at := path("public_keys").key(p.Name)
	k.comment(at, p.Comment)
	key, file := at.key("encoded_key"), at.key("file")
	switch {
	case k.written(key) && k.written(file):
		k.fail(file, badPublicKey, "public key %q has an encoded_key and a file", p.Name)
	case k.written(file) && p.File == "":
		k.fail(file, badPublicKey, "file is empty").Suggestion = "name a file with the public key in PEM"
	}
}

// trustedKeyGroups checks the key groups of a cache behavior (CF-QUO-22).
func (k *checker) trustedKeyGroups(b *CacheBehavior, at path) {
	here := at.key("trusted_key_groups")
	k.atMost(here, "key groups", len(b.TrustedKeyGroups), 4, "CF-QUO-22")
	k.repeats(here, b.TrustedKeyGroups, exact)
	for i, name := range b.TrustedKeyGroups {
		if _, found := k.config.KeyGroup(name); !found {
			var names []string
			for _, g := range k.config.KeyGroups {
				names = append(names, g.Name)
			}
			k.fail(here.index(i), unknownKeyGroup, "there is no key group %q", name).Suggestion = didYouMean(name, names)
		}
	}
}

// publicBeforeSigned warns of behaviors whose signatures are never asked for: the
// first behavior that matches decides (CF-BEH-19). It knows patterns whose only
// wildcard is a star at the end.
func (k *checker) publicBeforeSigned(behaviors []CacheBehavior, at path) {
	for i, signed := range behaviors {
		if len(signed.TrustedKeyGroups) == 0 {
			continue
		}
		for j, public := range behaviors[:i] {
			if len(public.TrustedKeyGroups) == 0 && coversPattern(public.PathPattern, signed.PathPattern) {
				k.fail(at.index(i).key("trusted_key_groups"), publicBefore,
					"nobody needs a signature for %s: cache_behaviors[%d], %s, comes first and has no trusted_key_groups (CF-BEH-19)", signed.PathPattern, j, public.PathPattern).
					Suggestion = "move this behavior before the other"
				break
			}
		}
	}
}

// coversPattern reports whether all paths of inner surely match outer.
func coversPattern(outer, inner string) bool {
	outer, inner = "/"+strings.TrimPrefix(outer, "/"), "/"+strings.TrimPrefix(inner, "/")
	beginning, open := strings.CutSuffix(outer, "*")
	return open && !strings.ContainsAny(beginning, "*?") && strings.HasPrefix(inner, beginning)
}

// unusedKeyGroups warns of key groups and public keys that nothing refers to.
func (k *checker) unusedKeyGroups() {
	groups, keys := map[string]bool{}, map[string]bool{}
	for d := range slices.Values(k.config.Distributions) {
		for b := range slices.Values(append(slices.Clip(d.CacheBehaviors), d.DefaultCacheBehavior)) {
			for _, name := range b.TrustedKeyGroups {
				groups[name] = true
			}
		}
	}
	for _, g := range k.config.KeyGroups {
		if !groups[g.Name] {
			k.fail(path("key_groups").key(g.Name), unusedName, "key group %q is not used by any cache behavior", g.Name)
		}
		for _, id := range g.Items {
			keys[id] = true
		}
	}
	for _, p := range k.config.PublicKeys {
		if !keys[p.Name] {
			k.fail(path("public_keys").key(p.Name), unusedName, "public key %q is in no key group", p.Name)
		}
	}
}
