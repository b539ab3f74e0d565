package aws

// policy is who may what in the bucket, beside whom IAM lets: nobody without TLS,
// and of AWS's own services those that were asked for.
func (a *BucketArgs) policy(bucket string) []statement {
	all := encryptedTransport(bucket)
	for _, sender := range a.senders() {
		all = append(all, sender.statements(bucket, a.Account)...)
	}
	if a.PublicPrefix != "" {
		all = append(all, a.publicRead(bucket))
	}
	return all
}

// encryptedTransport refuses whoever does not come over TLS.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html#transit
func encryptedTransport(bucket string) []statement {
	return []statement{
		deny("EncryptedTransport", "s3:*").on(bucket, bucket+"/*").toAnybody().
			when(condition{"Bool": {"aws:SecureTransport": {"false"}}}),
	}
}

// logSender is a service of AWS that writes logs to a bucket.
type logSender struct {
	sid, service, folder string
	// source is the ARN of whatever the service writes for. The load balancer names
	// none; the account in the path stands for it.
	source string
}

// senders are the services that were asked for.
func (a *BucketArgs) senders() []logSender {
	var asked []logSender
	for _, sender := range []logSender{
		// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
		{"BalancerLogs", "logdelivery.elasticloadbalancing.amazonaws.com", a.BalancerLogs, ""},
		// CloudFront's logs are delivered from us-east-1, wherever the bucket is.
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
		{"DeliveredLogs", "delivery.logs.amazonaws.com", a.DeliveredLogs, a.Account.In("*").arn("logs", "delivery-source:*")},
		// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
		{"TrailLogs", "cloudtrail.amazonaws.com", a.TrailLogs, a.Account.arn("cloudtrail", "trail/*")},
	} {
		if sender.folder != "" {
			asked = append(asked, sender)
		}
	}
	return asked
}

// statements let the service add logs of this account to its folder, in whatever
// folders of its own, and look at whose bucket it is before.
func (s logSender) statements(bucket string, account Account) []statement {
	write := allow(s.sid, "s3:PutObject").to(s.service)
	if s.source == "" {
		return []statement{write.on(bucket + "/" + s.folder + "/*AWSLogs/" + account.ID + "/*")}
	}
	given := func(keys map[string][]string) condition {
		keys["aws:SourceAccount"] = []string{account.ID}
		return condition{"StringEquals": keys, "ArnLike": {"aws:SourceArn": {s.source}}}
	}
	return []statement{
		write.on(bucket + "/" + s.folder + "/*").when(given(map[string][]string{"s3:x-amz-acl": {"bucket-owner-full-control"}})),
		allow(s.sid+"Check", "s3:GetBucketAcl").to(s.service).on(bucket).when(given(map[string][]string{})),
	}
}

// publicRead lets the account's CloudFront distributions read one folder, which is
// how anybody reads it: the bucket itself stays closed. They may not list it, so
// that what is not there is refused rather than missed.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
func (a *BucketArgs) publicRead(bucket string) statement {
	return allow("PublicRead", "s3:GetObject").on(bucket + "/" + a.PublicPrefix + "/*").to("cloudfront.amazonaws.com").
		when(a.Account.ownDistributions())
}

// ownDistributions are the CloudFront distributions of the account. Those that will
// read are not there yet: they are made with the name of the bucket.
func (a Account) ownDistributions() condition {
	return condition{"ArnLike": {"aws:SourceArn": {a.global("cloudfront", "distribution/*")}}}
}
