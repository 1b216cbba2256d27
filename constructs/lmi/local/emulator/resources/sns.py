"""Topics, subscriptions and topic policies of SNS."""

from collections.abc import Iterable, Mapping
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.sns.models import Topic as TopicRecord
from moto.sns.models import sns_backends

from .api import Refused, pick
from .resource import ApiResource
from .values import as_bool, as_text, gone, tag_list, tags_of

_SUBSCRIPTION_DEFAULTS = {
    "DeliveryPolicy": "",
    "FilterPolicyScope": "MessageAttributes",
    "FilterPolicy": "",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "",
    "SubscriptionRoleArn": "",
}
_DEFAULTS = {"ContentBasedDeduplication": "false", "DisplayName": "", "KmsMasterKeyId": ""}


class Topic(ApiResource, CloudFormationModel):
    """
    AWS::SNS::Topic with its Subscription list.

    Defect: an update deletes the topic, with all that has subscribed to it, and makes another one;
    tags are dropped (sns/models.py, Topic.update_from_cloudformation_json).
    """

    RESOURCE_TYPE = "AWS::SNS::Topic"
    NAME_PROPERTY = "TopicName"
    KNOWN = frozenset({*_DEFAULTS, "FifoTopic", "Subscription", "Tags", "TopicName"})

    def create(self, name: str) -> str:
        """Create the topic, then subscribe to it; its id is its ARN."""
        fifo = as_bool(self.properties.get("FifoTopic"))
        if fifo and "TopicName" not in self.properties:
            name = f"{name}.fifo"
        arn = f"arn:{self.api.partition}:sns:{self.api.region}:{self.account}:{name}"
        if arn in sns_backends[self.account][self.api.region].topics:
            raise Refused(f"Topic already exists: {name}", "AlreadyExists")
        self.api.call(
            "sns",
            "create_topic",
            Name=name,
            Attributes={**self._attributes(), **({"FifoTopic": "true"} if fifo else {})} or None,
            Tags=tag_list(tags_of(self.properties)) or None,
        )
        self.physical_resource_id = arn
        self._subscribe(_pairs(self.properties))
        return arn

    def update(self, previous: Mapping[str, Any]) -> None:
        """Change attributes, tags and the list of subscriptions."""
        arn = self.physical_resource_id
        attributes = self._attributes()
        for name, default in _DEFAULTS.items():
            if name in attributes or name in previous:
                self.api.call(
                    "sns",
                    "set_topic_attributes",
                    TopicArn=arn,
                    AttributeName=name,
                    AttributeValue=attributes.get(name, default),
                )
        tags = tags_of(self.properties)
        lost = gone(tags_of(previous), tags)
        if lost:
            self.api.call("sns", "untag_resource", ResourceArn=arn, TagKeys=lost)
        if tags:
            self.api.call("sns", "tag_resource", ResourceArn=arn, Tags=tag_list(tags))
        old, new = _pairs(previous), _pairs(self.properties)
        for each in sns_backends[self.account][self.api.region].subscriptions.copy().values():
            pair = (each.protocol, each.endpoint)
            if each.topic_arn == arn and pair in old and pair not in new:
                self.api.call("sns", "unsubscribe", SubscriptionArn=each.arn)
        self._subscribe([pair for pair in new if pair not in old])

    def remove(self) -> None:
        """Delete the topic with its subscriptions."""
        self.api.call("sns", "delete_topic", TopicArn=self.physical_resource_id)

    def attributes(self) -> Mapping[str, str]:
        """Return ARN and name."""
        arn = self.physical_resource_id
        return {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]}

    def _attributes(self) -> dict[str, str]:
        given = pick(self.properties, *_DEFAULTS)
        return {
            name: str(value).lower() if name == "ContentBasedDeduplication" else str(value)
            for name, value in given.items()
        }

    def _subscribe(self, pairs: Iterable[tuple[str, str]]) -> None:
        for protocol, endpoint in pairs:
            self.api.call(
                "sns",
                "subscribe",
                TopicArn=self.physical_resource_id,
                Protocol=protocol,
                Endpoint=endpoint,
            )


def _pairs(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(each["Protocol"], each["Endpoint"]) for each in properties.get("Subscription", ())]


class Subscription(ApiResource, CloudFormationModel):
    """
    AWS::SNS::Subscription.

    Defect: moto's CloudFormation skips the type (sns/models.py, Subscription is no model of it).
    """

    RESOURCE_TYPE = "AWS::SNS::Subscription"
    KNOWN = frozenset({*_SUBSCRIPTION_DEFAULTS, "Endpoint", "Protocol", "TopicArn"})

    def create(self, name: str) -> str:
        """Subscribe; the id is the subscription's ARN."""
        answer = self.api.call(
            "sns",
            "subscribe",
            **pick(self.properties, "TopicArn", "Protocol", "Endpoint"),
            Attributes=self._attributes() or None,
            ReturnSubscriptionArn=True,
        )
        return str(answer["SubscriptionArn"])

    def update(self, previous: Mapping[str, Any]) -> None:
        """Set the attributes; those that the properties no longer name go to their defaults."""
        attributes = self._attributes()
        for name, default in _SUBSCRIPTION_DEFAULTS.items():
            if name in attributes or name in previous:
                self.api.call(
                    "sns",
                    "set_subscription_attributes",
                    SubscriptionArn=self.physical_resource_id,
                    AttributeName=name,
                    AttributeValue=attributes.get(name, default),
                )

    def remove(self) -> None:
        """Unsubscribe."""
        self.api.call_if_there("sns", "unsubscribe", SubscriptionArn=self.physical_resource_id)

    def attributes(self) -> Mapping[str, str]:
        """Return the ARN."""
        return {"Arn": self.physical_resource_id}

    def _attributes(self) -> dict[str, str]:
        given = pick(self.properties, *_SUBSCRIPTION_DEFAULTS)
        return {
            name: str(value).lower() if name == "RawMessageDelivery" else as_text(value)
            for name, value in given.items()
        }


class TopicPolicy(ApiResource, CloudFormationModel):
    """
    AWS::SNS::TopicPolicy.

    Defect: moto's CloudFormation skips the type (sns/models.py has no model of it).
    """

    RESOURCE_TYPE = "AWS::SNS::TopicPolicy"
    KNOWN = frozenset({"PolicyDocument", "Topics"})

    def create(self, name: str) -> str:
        """Put the policy on each of the topics."""
        self._put()
        return name

    def update(self, previous: Mapping[str, Any]) -> None:
        """Put the policy on the topics; those that lose it get SNS's default policy."""
        self._put()
        self._reset(gone(previous["Topics"], self.properties["Topics"]))

    def remove(self) -> None:
        """Give each of the topics SNS's default policy."""
        self._reset(self.properties["Topics"])

    def attributes(self) -> Mapping[str, str]:
        """Return the id."""
        return {"Id": self.physical_resource_id}

    def _put(self) -> None:
        for topic in self.properties["Topics"]:
            self._set(topic, as_text(self.properties["PolicyDocument"]))

    def _reset(self, topics: Iterable[str]) -> None:
        for arn in topics:
            topic: TopicRecord | None = sns_backends[self.account][self.api.region].topics.get(arn)
            if topic is not None:
                default = topic._create_default_topic_policy(
                    self.api.region, self.account, topic.name
                )
                self._set(arn, as_text(default))

    def _set(self, topic: str, policy: str) -> None:
        self.api.call(
            "sns",
            "set_topic_attributes",
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=policy,
        )
