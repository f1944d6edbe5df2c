// SPDX-License-Identifier: Apache-2.0
// Robots made with vda-5050-lib (AgvController, VirtualAgvAdapter) under our dispatcher.
//
//   node robot.js --broker URL --interface NAME --manufacturer NAME --map ID --speed X
//                 --robots '[{"serial": "A1", "node": "st", "x": 0, "y": 0, "batteryPct": 90,
//                             "compartments": ["S1"], "waits": true}]'
//
// A robot knows pick and drop, where it `waits` also waitForTrigger, but no handover of ours.
// What is put right here before the library sees it (README.md says why):
// the array of an instantActions message is called `instantActions` in version 1.4.0.
"use strict";

const { ActionStatus, AgvController, Topic, VirtualAgvAdapter } = require("vda-5050-lib");
const { obey, options, tell } = require("./lines.js");

const VERSION = "2.0.0";
const LOADING_S = 2;
const TICKS_PER_S = 10;
const asked = options();
const specs = new Map(JSON.parse(asked.robots).map((one) => [one.serial, one]));

const WAITING = [
  { actionType: "waitForTrigger", actionScopes: "node", transitions: {} },
  { actionType: "trigger", actionScopes: "instant", transitions: {} },
];

/** What it heeds of an action, as its factsheet says. */
const PARAMETERS = {
  pick: ["stationType", "loadType", "loadId", "lhd"],
  drop: ["stationType", "loadType", "loadId", "lhd"],
  waitForTrigger: ["triggerType"],
  trigger: ["actionId"],
};

function parameter(action, key) {
  const found = (action.actionParameters ?? []).find((one) => one.key === key);
  return found && found.value;
}

/** Loading or unloading at a dock or by hand: it lasts a little, then `done` gives the loads. */
function handling(actionType, parameters, done, refusal) {
  return {
    actionType,
    actionScopes: "node",
    actionParameterConstraints: parameters,
    actionExecutable: refusal,
    transitions: {
      ON_INIT: { next: ActionStatus.Running },
      ON_CANCEL: {},
      [ActionStatus.Running]: { durationTime: LOADING_S, next: ActionStatus.Finished },
      [ActionStatus.Finished]: { linkedState: (context) => ({ loads: done(context.action) }) },
      [ActionStatus.Failed]: { errorDescription: () => `${actionType} was interrupted` },
    },
  };
}

/** A body with compartments that stands at a waitForTrigger until it is told. */
class Body extends VirtualAgvAdapter {
  loads = [];
  waiting = new Map();

  attach(context) {
    super.attach({ attached: (state) => context.attached({ ...state, loads: this.loads }) });
    this.controller.updateFactsheet(factsheet(this.spec));
  }

  get spec() {
    return specs.get(this.controller.agvId.serialNumber);
  }

  get actionDefinitions() {
    const kept = ["initPosition", "startPause", "stopPause", "startCharging", "stopCharging"];
    const isCompartment = (value) => this.spec.compartments.includes(value);
    const isText = (value) => typeof value === "string";
    const at = (action) => this.loads.find((one) => one.loadId === parameter(action, "loadId"));
    return [
      ...super.actionDefinitions.filter((one) => kept.includes(one.actionType)),
      handling(
        "pick",
        { lhd: isCompartment, loadId: isText },
        (action) => (this.loads = [...this.loads, loadOf(action)]),
        (action) => (at(action) ? "it is aboard already" : ""),
      ),
      handling(
        "drop",
        { loadId: isText },
        (action) => (this.loads = this.loads.filter((one) => one !== at(action))),
        (action) => (at(action) ? "" : "it is not aboard"),
      ),
      // These two run below; here they only make the library accept them.
      ...(this.spec.waits ? WAITING : []),
    ];
  }

  executeAction(context) {
    const { action } = context;
    if (action.actionType === "waitForTrigger") {
      this.waiting.set(action.actionId, context);
      context.updateActionStatus({ actionStatus: ActionStatus.Running });
    } else if (action.actionType === "trigger") {
      const done = this.release(parameter(action, "actionId"), ActionStatus.Finished);
      const actionStatus = done ? ActionStatus.Finished : ActionStatus.Failed;
      context.updateActionStatus({ actionStatus });
    } else {
      super.executeAction(context);
    }
  }

  cancelAction(context) {
    if (!this.release(context.action.actionId, ActionStatus.Failed)) {
      super.cancelAction(context);
    }
  }

  /** Ends a wait, by the master's trigger or by a cancel. */
  release(actionId, actionStatus) {
    const context = this.waiting.get(actionId);
    this.waiting.delete(actionId);
    if (context) {
      context.updateActionStatus({ actionStatus });
    }
    return context !== undefined;
  }
}

function loadOf(action) {
  return {
    loadId: parameter(action, "loadId"),
    loadType: parameter(action, "loadType"),
    loadPosition: parameter(action, "lhd"),
  };
}

/** Tells the test what is heard and what is said. */
class Robot extends AgvController {
  subscribe(topic, handler) {
    return super.subscribe(topic, (message) => {
      tell("heard", { robot: this.agvId.serialNumber, topic, message });
      const actions = message.instantActions ?? message.actions;
      handler(topic === Topic.InstantActions ? { ...message, instantActions: actions } : message);
    });
  }

  publish(topic, message, more) {
    if (topic !== Topic.Visualization) {
      tell("said", { robot: this.agvId.serialNumber, topic, message });
    }
    return super.publish(topic, message, more);
  }
}

function factsheet(spec) {
  const nodeActions = ["pick", "drop", "startCharging", "stopCharging"];
  const instantActions = ["cancelOrder", "stateRequest", "factsheetRequest", "initPosition"];
  instantActions.push("startPause", "stopPause", "startCharging", "stopCharging");
  if (spec.waits) {
    nodeActions.push("waitForTrigger");
    instantActions.push("trigger");
  }
  const parameters = (actionType) =>
    (PARAMETERS[actionType] ?? []).map((key) => ({
      key,
      valueDataType: "STRING",
      description: key,
      isOptional: true,
    }));
  const scoped = (names, scope) =>
    names.map((actionType) => ({
      actionType,
      actionDescription: actionType,
      actionScopes: [scope],
      actionParameters: parameters(actionType),
    }));
  return {
    typeSpecification: {
      seriesName: "Other",
      seriesDescription: "a robot of another make",
      agvKinematic: "DIFF",
      agvClass: "CARRIER",
      maxLoadMass: 50,
      localizationTypes: ["NATURAL"],
      navigationTypes: ["AUTONOMOUS"],
    },
    physicalParameters: {
      speedMin: 0,
      speedMax: 6,
      accelerationMax: 1,
      decelerationMax: 1,
      heightMin: 1,
      heightMax: 1,
      width: 0.7,
      length: 1,
    },
    protocolLimits: {
      maxStringLens: {},
      maxArrayLens: {},
      timing: { minOrderInterval: 0, minStateInterval: 0 },
    },
    protocolFeatures: {
      optionalParameters: [
        { parameter: "node.nodePosition", support: "REQUIRED" },
        { parameter: "edge.maxSpeed", support: "SUPPORTED" },
      ],
      agvActions: [...scoped(nodeActions, "NODE"), ...scoped(instantActions, "INSTANT")],
    },
    agvGeometry: {},
    loadSpecification: { loadPositions: spec.compartments },
  };
}

const robots = [...specs.values()].map(
  (one) =>
    new Robot(
      { manufacturer: asked.manufacturer, serialNumber: one.serial },
      {
        interfaceName: asked.interface,
        transport: { brokerUrl: asked.broker },
        vdaVersion: VERSION,
      },
      { agvAdapterType: Body, publishVisualizationInterval: 0, publishStateInterval: 5000 },
      {
        initialPosition: { mapId: asked.map, x: one.x, y: one.y, theta: 0, lastNodeId: one.node },
        initialBatteryCharge: one.batteryPct,
        vehicleSpeed: 6,
        tickRate: TICKS_PER_S,
        timeLapse: Number(asked.speed),
      },
    ),
);

async function begin() {
  for (const robot of robots) {
    await robot.start();
  }
  tell("ready", {});
}

async function leave() {
  for (const robot of robots) {
    await robot.stop();
  }
}

obey({}, leave);
begin();
