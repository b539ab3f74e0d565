package plan

import (
	"encoding/pem"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/machines"
)

const (
	keyMongo           = "openedx:overrides.mongo"
	keyMongoKind       = "openedx:mongo.kind"
	keyMongoImages     = "openedx:mongo.images"
	keyMongoAtlas      = "openedx:mongo.atlas"
	keyAtlasProject    = "openedx:mongo.atlas.project"
	keyAtlasTier       = "openedx:mongo.atlas.tier"
	keyMongoExternal   = "openedx:mongo.external"
	keyExternalHost    = "openedx:mongo.external.host"
	keyExternalPort    = "openedx:mongo.external.port"
	keyExternalSet     = "openedx:mongo.external.replicaSet"
	keyExternalCA      = "openedx:mongo.external.authority"
	keyMongoPassword   = "openedx:mongoPassword" //nolint:gosec // the name of a key
	keyMongoMachine    = "openedx:overrides.mongo.machine"
	keyMongoMembers    = "openedx:overrides.mongo.members"
	keyMongoVolume     = "openedx:overrides.mongo.volumeGiB"
	keyMongoIOPS       = "openedx:overrides.mongo.iops"
	keyMongoThroughput = "openedx:overrides.mongo.throughputMiBps"
)

const (
	// smallestVolume holds the oplog of the smallest preset and some courses.
	smallestVolume = 20
	// What gp3 takes: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html.
	leastIOPS, mostIOPS             = 3000, 16000
	leastThroughput, mostThroughput = 125, 1000
	// iopsPerThroughput is how many operations each MiB a second asks for; the same page.
	iopsPerThroughput = 4
	// iopsPerGiB is how many operations a GiB of the volume allows; the same page.
	iopsPerGiB = 500
	largestTCP = 65535
	anyImage   = "ami-0123456789abcdef0"
	anyProject = "5f1a2b3c4d5e6f7a8b9c0d1e"
	anyHost    = "mongo.campus.example.org"
)

const documentDB = "Amazon DocumentDB lacks what Open edX uses (GridFS and aggregation operators, retryable writes), and Tutor cannot be told of its certificate"

// strangers are services that speak MongoDB's protocol and are none.
var strangers = map[string]string{
	"docdb":      documentDB,
	"documentdb": documentDB,
	"cosmosdb":   "Cosmos DB for MongoDB lacks what Open edX uses (GridFS and aggregation operators)",
	"ferretdb":   "FerretDB lacks what Open edX uses (GridFS and aggregation operators)",
}

// kind is the kind of MongoDB that was asked for, or that there is anyway.
func (c *checker) kind() config.MongoKind {
	return config.MongoKind(or(c.settings.Mongo.Kind, string(defaultMongo)))
}

// withoutKind refuses what was written for a kind of MongoDB when another one was
// asked for, and tells whether its rules have nothing to say. Of a kind that is
// none nobody knows what belongs to it.
func (c *checker) withoutKind(kind config.MongoKind, key string, written bool, why string) bool {
	if c.kind() == kind {
		return false
	}
	c.without(key, written && slices.Contains(config.MongoKinds(), string(c.kind())), why)
	return true
}

// mongoKind wants a MongoDB that is one.
func (c *checker) mongoKind() {
	kind := c.settings.Mongo.Kind
	if kind == nil {
		return
	}
	plain := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(*kind))
	if why, strange := strangers[plain]; strange {
		c.refuseFor(keyMongoKind, *kind, "cannot be used: "+why+"; one of "+strings.Join(config.MongoKinds(), ", ")+" is wanted", string(config.MongoAtlas))
		return
	}
	c.oneOf(keyMongoKind, kind, config.MongoKinds(), "kind of MongoDB", string(defaultMongo))
}

// mongoMembers wants sizes for members, where there are members.
func (c *checker) mongoMembers() {
	override := c.settings.Overrides.Mongo
	if c.withoutKind(config.MongoReplicaSet, keyMongo, override != (config.MongoOverride{}), strangeMembers) {
		return
	}
	c.storeMachine(keyMongoMachine, override.Machine, machines.Mongo, c.sizing.Mongo)
	if n := override.Members; n != nil && !slices.Contains(memberCounts, *n) {
		better := min(max(*n, memberCounts[0]), memberCounts[len(memberCounts)-1])
		c.refuseFor(keyMongoMembers, strconv.Itoa(*n), "is no number of members; 3, 4 or 5 are wanted, of which 3, 3 and 5 vote: two would let none be lost",
			strconv.Itoa(better))
	}
}

// memberCounts are how many members a replica set may have. The fourth has no vote.
var memberCounts = []int{3, 4, 5}

// strangeMembers is why members cannot be sized.
const strangeMembers = "openedx:mongo.kind is not replicaSet, and the members are not the platform's own"

// machineImage is an AMI's id.
var machineImage = regexp.MustCompile(`^ami-([0-9a-f]{8}|[0-9a-f]{17})$`)

// mongoImages wants images of members that there are.
func (c *checker) mongoImages() {
	images, names := c.settings.Mongo.Images, c.memberNames()
	if c.withoutKind(config.MongoReplicaSet, keyMongoImages, len(images) > 0, strangeMembers) {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(images)) {
		key := config.Child(keyMongoImages, name)
		if len(names) > 0 && !slices.Contains(names, name) {
			c.refuseEntry(key, images[name], "is for no member; the members are "+strings.Join(names, ", "))
		} else if images[name] != "" && !machineImage.MatchString(images[name]) {
			c.refuseFor(key, images[name], "is no machine image; the id of an Amazon Linux 2023 image for arm64 is wanted, such as "+anyImage, anyImage)
		}
	}
}

// memberNames lists the members, or none where their number is wrong or unknown.
func (c *checker) memberNames() []string {
	count := or(c.settings.Overrides.Mongo.Members, c.sizing.MongoMembers)
	if !slices.Contains(memberCounts, count) {
		return nil
	}
	zones := c.settings.Network.Zones
	if zones == nil {
		zones = ZoneLetters(c.settings.Region)
	}
	var names []string
	for _, member := range planMembers(count, lettered(zones), nil) {
		names = append(names, member.Name)
	}
	return names
}

// lettered is zones of which only the letter counts.
func lettered(letters []string) []Zone {
	zones := make([]Zone, len(letters))
	for i, letter := range letters {
		zones[i].Letter = letter
	}
	return zones
}

// mongoVolume wants a volume that EBS offers.
func (c *checker) mongoVolume() {
	override := c.settings.Overrides.Mongo
	if c.kind() != config.MongoReplicaSet {
		return
	}
	sound := c.inRange(keyMongoVolume, override.VolumeGiB, smallestVolume, largestDisk, "GiB")
	sound = c.inRange(keyMongoIOPS, override.IOPS, leastIOPS, mostIOPS, "operations a second") && sound
	sound = c.inRange(keyMongoThroughput, override.ThroughputMiBps, leastThroughput, mostThroughput, "MiB a second") && sound
	if sound && c.sized {
		c.volumeSpeed()
	}
}

// volumeSpeed wants a volume large enough for its operations, and those to be
// enough for its throughput.
func (c *checker) volumeSpeed() {
	override := c.settings.Overrides.Mongo
	volume, operations := or(override.VolumeGiB, c.sizing.MongoVolumeGiB), or(override.IOPS, c.sizing.MongoIOPS)
	throughput := or(override.ThroughputMiBps, c.sizing.MongoThroughput)
	if throughput*iopsPerThroughput > operations {
		c.refuseFor(keyMongoThroughput, strconv.Itoa(throughput), fmt.Sprintf("is too much for %d operations a second, of which each MiB asks for %d",
			operations, iopsPerThroughput), strconv.Itoa(operations/iopsPerThroughput))
	}
	if operations > volume*iopsPerGiB {
		c.refuseFor(keyMongoIOPS, strconv.Itoa(operations), fmt.Sprintf("is too much for %d GiB, of which each allows %d", volume, iopsPerGiB),
			strconv.Itoa(volume*iopsPerGiB))
	}
}

var (
	atlasProject = regexp.MustCompile(`^[0-9a-f]{24}$`)
	atlasTier    = regexp.MustCompile(`^M(10|20|30|40|50|60|80|140|200)$`)
	setName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
)

// mongoAtlas wants a project to put the cluster into, if Atlas has it.
func (c *checker) mongoAtlas() {
	atlas := c.settings.Mongo.Atlas
	if c.withoutKind(config.MongoAtlas, keyMongoAtlas, atlas != (config.Atlas{}), "openedx:mongo.kind is not atlas") {
		return
	}
	if project := or(atlas.Project, ""); !atlasProject.MatchString(project) {
		c.refuseFor(keyAtlasProject, project, missingOr(project, "is no Atlas project")+"; the project's id, 24 hexadecimal digits, is wanted, such as "+anyProject, anyProject)
	}
	if tier := or(atlas.Tier, "M10"); !atlasTier.MatchString(tier) {
		c.refuseFor(keyAtlasTier, tier, "is no Atlas tier with a replica set of its own; one from M10 to M200 is wanted, such as M30", "M30")
	}
}

// missingOr is what is wrong with a value that kind external or atlas cannot do without.
func missingOr(value, wrong string) string {
	if value == "" {
		return "is missing"
	}
	return wrong
}

// mongoExternal wants to know where somebody else's MongoDB is.
func (c *checker) mongoExternal() {
	external := c.settings.Mongo.External
	if c.withoutKind(config.MongoExternal, keyMongoExternal, external != (config.External{}), "openedx:mongo.kind is not external") {
		return
	}
	c.externalHost(or(external.Host, ""))
	if set := or(external.ReplicaSet, ""); !setName.MatchString(set) {
		c.refuseFor(keyExternalSet, set, missingOr(set, "is no name of a replica set")+"; the name that rs.conf() shows is wanted, such as rs0", "rs0")
	}
	c.inRange(keyExternalPort, external.Port, 1, largestTCP, "as a port")
	if authority := or(external.Authority, ""); authority != "" {
		if block, _ := pem.Decode([]byte(authority)); block == nil || block.Type != "CERTIFICATE" {
			c.refuse(keyExternalCA, "", "is no certificate in PEM", "pulumi config set --path "+keyExternalCA+" --stack "+c.settings.Stack+" < authority.pem")
		}
	}
}

// externalHost wants one name. Nothing is shown of an address that has credentials
// in it.
func (c *checker) externalHost(host string) {
	switch {
	case strings.Contains(host, "@"):
		c.refuseFor(keyExternalHost, "", "has an account in it, which belongs in openedx:mongo.external.username and "+keyMongoPassword+
			"; a DNS name is wanted, such as "+anyHost, anyHost)
	case strings.Contains(host, ","):
		first, _, _ := strings.Cut(host, ",")
		c.refuseFor(keyExternalHost, host, "is a list, on which Tutor's init job hangs; one DNS name behind which all members stand is wanted, such as "+
			anyHost, hostLike(first, anyHost))
	case shapeProblem(host) != "" || labelProblem(host) != "":
		c.refuseFor(keyExternalHost, host, missingOr(host, "is no host of a MongoDB")+"; a DNS name is wanted, such as "+anyHost, hostLike(host, anyHost))
	}
}

// mongoPassword wants a password for somebody else's MongoDB, and a good one.
func (c *checker) mongoPassword() {
	password := string(c.settings.MongoPassword)
	fix := config.SetSecretCommand(c.settings.Stack, keyMongoPassword)
	switch {
	case c.withoutKind(config.MongoExternal, keyMongoPassword, password != "", "openedx:mongo.kind is not external, and every other has passwords of its own"):
	case password == "":
		c.refuse(keyMongoPassword, "", "is missing; the password of the account that may create users is wanted", fix)
	default:
		if err := accounts.CheckAdminPassword(password); err != nil {
			c.refuse(keyMongoPassword, "", "is no password that can be used: "+err.Error(), fix)
		}
	}
}
