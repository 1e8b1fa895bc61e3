/// The stand-ins that the binary brings along: packages of Python modules, like those that a seed may hold.
package enum BuiltInStandIns {
    package static let all: [StandIn] = [
        stripe,
        package(
            "api.openai.com",
            ["__init__": PackageResources.openai_app_py, "rules": PackageResources.llm_rules_py]),
        package(
            "api.anthropic.com",
            ["__init__": PackageResources.anthropic_app_py, "rules": PackageResources.llm_rules_py]),
        package("api.sendgrid.com", ["__init__": PackageResources.sendgrid_py]),
        package("api.twilio.com", ["__init__": PackageResources.twilio_py]),
        package("storage.googleapis.com", ["__init__": PackageResources.gcs_py]),
        package("amazonaws.com", ["__init__": PackageResources.aws_py]),
    ]

    /// Reads cassettes of VCR.py. It answers for no host.
    package static let vcr = package("vcr.emulator.internal", ["__init__": PackageResources.vcr_py])

    private static let stripe = package(
        "api.stripe.com",
        [
            "__init__": PackageResources.stripe_app_py,
            "amounts": PackageResources.stripe_amounts_py,
            "calendar_time": PackageResources.stripe_calendar_time_py,
            "cards": PackageResources.stripe_cards_py,
            "catalog": PackageResources.stripe_catalog_py,
            "checkout": PackageResources.stripe_checkout_py,
            "clock": PackageResources.stripe_clock_py,
            "console": PackageResources.stripe_console_py,
            "coupons": PackageResources.stripe_coupons_py,
            "errors": PackageResources.stripe_errors_py,
            "events": PackageResources.stripe_events_py,
            "expand": PackageResources.stripe_expand_py,
            "forms": PackageResources.stripe_forms_py,
            "invoice_api": PackageResources.stripe_invoice_api_py,
            "invoices": PackageResources.stripe_invoices_py,
            "objects": PackageResources.stripe_objects_py,
            "pages": PackageResources.stripe_pages_py,
            "payments": PackageResources.stripe_payments_py,
            "portal": PackageResources.stripe_portal_py,
            "previews": PackageResources.stripe_previews_py,
            "prorations": PackageResources.stripe_prorations_py,
            "routes": PackageResources.stripe_routes_py,
            "search": PackageResources.stripe_search_py,
            "shapes": PackageResources.stripe_shapes_py,
            "subscription_changes": PackageResources.stripe_subscription_changes_py,
            "subscription_items": PackageResources.stripe_subscription_items_py,
            "subscriptions": PackageResources.stripe_subscriptions_py,
            "taxes": PackageResources.stripe_taxes_py,
            "trigger": PackageResources.stripe_trigger_py,
        ])

    private static func package(_ name: String, _ modules: [String: [UInt8]]) -> StandIn {
        StandIn(name: name, modules: modules.mapValues { String(decoding: $0, as: UTF8.self) }, origin: .builtIn)
    }
}
