use super::*;
use jiff::SignedDuration;
use std::time::Duration;

const TEMPLATE: &str = r"
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  MaxHosts: { Type: Number, Default: 5, MaxValue: 9 }
  Mode: { Type: String, Default: act, AllowedValues: [act, watch] }
  Groups: { Type: CommaDelimitedList, Default: 'a, b' }
Conditions:
  Acts: !Equals [!Ref Mode, act]
  Watches: !Not [!Condition Acts]
Globals:
  Function:
    Timeout: 60
    MemorySize: 256
    Environment: { Variables: { MUSTER_MODE: !Ref Mode, MUSTER_MAX: !Ref MaxHosts } }
Resources:
  AgentVerifier:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/agent-verifier/
      Timeout: 30
      Environment:
        Variables:
          QUEUE: !Ref Failures
          ARN: !GetAtt Failures.Arn
          WHERE: !Sub '${AWS::Region}/${Failures.Arn}/${!Literal}'
          GROUPS: !Join [';', !Ref Groups]
          DRY: !If [Watches, 'true', !Ref AWS::NoValue]
          FLAG: true
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        MaximumEventAgeInSeconds: 3600
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Failures.Arn } }
      Events:
        Launch:
          Type: EventBridgeRule
          Properties:
            Pattern: { source: [aws.autoscaling], detail: { Count: [{ numeric: ['>', 1] }] } }
        Off:
          Type: EventBridgeRule
          Properties: { Pattern: { source: [aws.ec2] }, EventBusName: !Ref Mode, State: DISABLED }
        Clock:
          Type: ScheduleV2
          Properties: { ScheduleExpression: rate(5 minutes), Input: '{}' }
  Extra:
    Type: AWS::Serverless::Function
    Condition: Watches
    Properties: { CodeUri: functions/extra }
  Failures: { Type: AWS::SQS::Queue }
Outputs:
  VerifierArn:
    Value: !GetAtt AgentVerifier.Arn
    Export: { Name: !Sub '${AWS::StackName}-VerifierArn' }
  Url: { Value: !Ref Failures }
";

fn read(overrides: &[(&str, &str)]) -> Result<Template, TemplateError> {
    let pairs = overrides.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Template::read(TEMPLATE, &pairs.collect())
}

fn changed(from: &str, to: &str) -> TemplateError {
    assert!(TEMPLATE.contains(from));
    Template::read(&TEMPLATE.replace(from, to), &BTreeMap::new()).unwrap_err()
}

#[test]
fn a_function_has_its_own_settings_over_the_global_ones() {
    let template = read(&[]).unwrap();
    let function = template.function("agent-verifier").unwrap();
    assert_eq!(function.logical_id, "AgentVerifier");
    assert_eq!(function.timeout, Duration::from_secs(30));
    assert_eq!(function.memory_size, 256);
    assert_eq!(function.arn, "arn:aws:lambda:us-west-2:123456789012:function:muster-AgentVerifier");
    assert_eq!(template.function("AgentVerifier"), Some(function));
}

#[test]
fn references_in_the_environment_are_worked_out() {
    let template = read(&[("Mode", "watch")]).unwrap();
    let environment = &template.function("agent-verifier").unwrap().environment;
    let expected = [
        ("ARN", "arn:aws:sqs:us-west-2:123456789012:Failures"),
        ("DRY", "true"),
        ("FLAG", "true"),
        ("GROUPS", "a;b"),
        ("MUSTER_MAX", "5"),
        ("MUSTER_MODE", "watch"),
        ("QUEUE", "https://sqs.us-west-2.amazonaws.com/123456789012/Failures"),
        ("WHERE", "us-west-2/arn:aws:sqs:us-west-2:123456789012:Failures/${Literal}"),
    ];
    let found: Vec<_> = environment.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn no_value_and_conditions_leave_things_out() {
    let template = read(&[]).unwrap();
    assert!(!template.function("agent-verifier").unwrap().environment.contains_key("DRY"));
    assert!(template.function("extra").is_none());
    assert!(read(&[("Mode", "watch")]).unwrap().function("extra").is_some());
}

#[test]
fn what_wakes_a_function_is_read_with_its_state() {
    let template = read(&[]).unwrap();
    let wakeups = &template.function("agent-verifier").unwrap().wakeups;
    let pattern =
        json!({"source": ["aws.autoscaling"], "detail": {"Count": [{"numeric": [">", 1]}]}});
    let rule = |id: &str, bus: &str, pattern: Value, enabled| {
        let (id, bus) = (id.to_owned(), bus.to_owned());
        Wakeup::Rule { id, bus, pattern, enabled }
    };
    assert!(wakeups.contains(&rule("AgentVerifierLaunch", "default", pattern, true)));
    let from_ec2 = json!({"source": ["aws.ec2"]});
    assert!(wakeups.contains(&rule("AgentVerifierOff", "act", from_ec2, false)));
    assert!(wakeups.contains(&Wakeup::Schedule(Schedule {
        id: "AgentVerifierClock".to_owned(),
        kind: ScheduleKind::Scheduler,
        rate: SignedDuration::from_mins(5),
        input: Some("{}".to_owned()),
        enabled: true,
    })));
}

#[test]
fn the_fate_of_failed_events_is_read() {
    let template = read(&[]).unwrap();
    let found = &template.function("agent-verifier").unwrap().event_invoke;
    assert_eq!(found.maximum_retry_attempts, 1);
    assert_eq!(found.maximum_event_age, SignedDuration::from_hours(1));
    assert_eq!(found.on_failure.as_deref(), Some("Failures"));
    assert_eq!(template.queues.iter().map(String::as_str).collect::<Vec<_>>(), ["Failures"]);
}

#[test]
fn errors_name_the_place() {
    let cases = [
        ("Timeout: 30", "Timeout: 1000", "Resources.AgentVerifier.Properties.Timeout"),
        (
            "!Ref Failures",
            "!Ref Nobody",
            "Resources.AgentVerifier.Properties.Environment.Variables.QUEUE",
        ),
        ("ScheduleV2", "SQS", "Resources.AgentVerifier.Properties.Events.Clock"),
        (
            "rate(5 minutes)",
            "cron(0 * * * ? *)",
            "Resources.AgentVerifier.Properties.Events.Clock.Properties.ScheduleExpression",
        ),
        ("Default: act", "Default: jump", "Parameters.Mode"),
        ("Default: 5", "Default: 10", "Parameters.MaxHosts"),
        ("Resources:", "Resource:", "Resources"),
    ];
    for (from, to, path) in cases {
        assert_eq!(changed(from, to).path, path);
    }
    assert_eq!(read(&[("Nobody", "1")]).unwrap_err().path, "Parameters");
    assert_eq!(Template::read("a: [", &BTreeMap::new()).unwrap_err().path, "(document)");
}

#[test]
fn what_is_exported_has_its_name_and_value() {
    let exports = read(&[]).unwrap().exports;
    let arn = "arn:aws:lambda:us-west-2:123456789012:function:muster-AgentVerifier";
    assert_eq!(exports, BTreeMap::from([("muster-VerifierArn".to_owned(), arn.to_owned())]));
}

#[test]
fn a_parameter_of_systems_manager_is_a_public_one() {
    let declared = |path: &str| {
        let kind = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
        parameter::parameter("Image", &json!({"Type": kind, "Default": path}), &BTreeMap::new())
    };
    let path = "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id";
    assert_eq!(declared(path).unwrap(), "ami-0123456789abcdef0");
    assert_eq!(declared("/my/image").unwrap_err().path, "Parameters.Image");
}

#[test]
fn what_refers_to_itself_is_an_error_and_no_end() {
    for text in [
        "Conditions: { A: !Condition A }\nResources: { Q: { Type: AWS::SQS::Queue, Condition: A } }",
        "Conditions: { A: !Not [!Condition B], B: !Condition A }\nResources: { Q: { Type: X, Condition: A } }",
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { CodeUri: f/f, Timeout: !Ref F, FunctionName: !Ref F } } }",
    ] {
        let read = Template::read(text, &BTreeMap::new());
        assert!(read.is_err(), "{text}: {read:?}");
    }
}
