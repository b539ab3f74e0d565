package aws

// dump lets a member add dumps of its set to the bucket: neither read, nor list,
// nor delete any. S3 reads the parts of a large upload again to put them
// together, which takes the right to decrypt.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (a *MongoArgs) dump(bucket, key string) []statement {
	return []statement{
		allow("Dump", "s3:PutObject", "s3:AbortMultipartUpload").on(bucket + "/" + a.Backups.Prefix + "/" + a.ReplicaSet + "/*"),
		allow("EncryptDumps", "kms:GenerateDataKey", "kms:Decrypt").on(key).when(a.through("s3")),
	}
}
