// Package moto holds the end-to-end test on somebody else's AWS: the product, event to
// message, on moto's CloudFormation, EventBridge, SQS, SNS, DynamoDB, EC2, Elastic Load
// Balancing, Route 53, CloudWatch, CloudTrail and IAM. Its folder plugin is what moto lacks:
// external key stores and packets. plugin/README.md says which behaviour is whose.
//
// The test plays one part of AWS itself: Lambda, which moto runs in Docker. It reads the
// queues of the template's event source mappings, and calls the product's handlers with the
// environment that CloudFormation gave the functions and with sessions of their roles.
package moto
