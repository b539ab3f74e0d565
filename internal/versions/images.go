package versions

// The images that make an instance's accounts. The registry is AWS's public one, which has Docker's official images too
// and lets nodes behind one address pull as often as they need; Docker Hub counts pulls by address.
//
// Seen with these tags: the AWS CLI and MySQL together with a digest of the same registry, MongoDB in Docker's own
// library (docker-library/mongo, 7.0/Dockerfile), whose tags that registry mirrors. Ask it before changing one:
// `docker manifest inspect <image>`.
const (
	// AWSCLIImage has jq, which its Dockerfile installs since July 2025: no older one will do.
	AWSCLIImage = "public.ecr.aws/aws-cli/aws-cli:2.32.13"
	// MySQLImage is of the long-term series 8.4; its client speaks to every server from 8.0 on.
	MySQLImage = "public.ecr.aws/docker/library/mysql:8.4.10"
	// MongoImage has the same mongosh for every server from 4.2 on.
	MongoImage = "public.ecr.aws/docker/library/mongo:7.0.28"
)
