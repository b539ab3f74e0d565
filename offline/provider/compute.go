package provider

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/bcrypt"
)

// computations make the outputs that text with placeholders cannot; behaviour
// files name them.
var computations = map[string]func(*evaluation) (map[string]string, error){
	"password":          password,
	"bytes":             bytesOutputs,
	"privateKey":        privateKey,
	"selfSignedCert":    selfSignedCert,
	"certRequest":       certRequest,
	"locallySignedCert": locallySignedCert,
}

// compute adds the outputs of the type's computation, if it has one.
func (e *evaluation) compute() ([]string, error) {
	if e.kind.data.Compute == "" {
		return nil, nil
	}
	computation, ok := computations[e.kind.data.Compute]
	if !ok {
		return nil, fmt.Errorf("no computation %q", e.kind.data.Compute)
	}
	outputs, err := computation(e)
	if err != nil {
		return nil, err
	}
	var filled []string
	wanted := e.kind.schema.Outputs()
	for name, value := range outputs {
		if _, ok := wanted[name]; !ok {
			continue
		}
		e.props[resource.PropertyKey(name)] = resource.NewProperty(value)
		filled = append(filled, name)
	}
	if _, ok := wanted["readyForRenewal"]; ok {
		e.props["readyForRenewal"] = resource.NewProperty(false)
		filled = append(filled, "readyForRenewal")
	}
	return filled, nil
}

// special are the characters that the random provider takes for special.
const special = "!@#$%&*()-_=+[]{}<>:?"

// password draws text from the wanted classes of characters, at least so many
// from each, in an order of its own.
func password(e *evaluation) (map[string]string, error) {
	length, _ := number(plain(e.props), "length")
	source := e.source("password")
	specials := special
	if override := text(e.props, "overrideSpecial"); override != "" {
		specials = override
	}
	var all, drawn string
	for _, class := range []struct{ from, wanted, least string }{
		{alphanumerics[10:], "lower", "minLower"},
		{strings.ToUpper(alphanumerics[10:]), "upper", "minUpper"},
		{alphanumerics[:10], "numeric", "minNumeric"},
		{specials, "special", "minSpecial"},
	} {
		if text(e.props, class.wanted) != "false" {
			all += class.from
		}
		least, _ := number(plain(e.props), class.least)
		drawn += pick(source, class.from, int(least))
	}
	if len(drawn) > int(length) || all == "" {
		return nil, errors.New("length: the least counts of characters do not fit into it")
	}
	result := []byte(drawn + pick(source, all, int(length)-len(drawn)))
	source.Shuffle(len(result), func(i, j int) { result[i], result[j] = result[j], result[i] })
	// bcrypt reads 72 bytes and refuses more.
	hash, err := bcrypt.GenerateFromPassword(result[:min(len(result), 72)], bcrypt.MinCost)
	return map[string]string{"result": string(result), "bcryptHash": string(hash)}, err
}

func bytesOutputs(e *evaluation) (map[string]string, error) {
	length, _ := number(plain(e.props), "byteLength")
	if length < 1 {
		return nil, errors.New("byteLength: must be at least 1")
	}
	drawn := make([]byte, int(length))
	if _, err := (randomBytes{e.source("bytes")}).Read(drawn); err != nil {
		return nil, err
	}
	prefix := text(e.props, "prefix")
	return map[string]string{
		"b64Std": prefix + base64.StdEncoding.EncodeToString(drawn),
		"b64Url": prefix + base64.RawURLEncoding.EncodeToString(drawn),
		"dec":    prefix + new(big.Int).SetBytes(drawn).String(),
		"hex":    prefix + hex.EncodeToString(drawn),
	}, nil
}
